"""Fused steps and the sweep over them, beside the program gate by gate."""

from functools import partial

import numpy as np
import pytest
import sympy

from grader import catalogue, trial_set
from grader.exercise import Gradient
from grader.fused import Steps
from grader.program import Input, Operation, Program


def chained(program: Program, text: str, **shapes: tuple[str | int, ...]) -> tuple[Steps, Steps]:
    """The steps from all given names to the last one assigned: with all chains fused, and as they are used."""
    sources = frozenset(program.given(name, shape) for name, shape in shapes.items())
    last = program.names[program.read(text)[-1]]
    return program.steps(sources, last, known=False), program.steps(sources, last)


def of_gates(program: Program, text: str, **shapes: tuple[str | int, ...]) -> tuple[str, ...]:
    """The gates of those with all chains fused."""
    return tuple(step.gate.name for _, step in chained(program, text, **shapes)[0])


@pytest.mark.parametrize("name", catalogue())
def test_the_fused_sweep_gives_what_the_sweep_gate_by_gate_does(name: str) -> None:
    exercise = catalogue()[name]
    program = exercise.program
    asked = [ask for ask in exercise.asks if isinstance(ask, Gradient)]
    for trial in (trial_set(exercise, b"secret", 0).trials[i] for i in (0, 1, -1)):
        nodes, given = trial.nodes, {**trial.sizes, **trial.values}
        for objective in dict.fromkeys(ask.objective for ask in asked):
            wanted = [ask.node for ask in asked if ask.objective == objective]
            scale = program.magnitudes(nodes, objective, wanted)
            for at_kink in (0.0, 0.5, 1.0):

                def rule(i: int, p: int, g: object, v: object = nodes, at: float = at_kink) -> object:
                    return program.vjp(v, i, p, g, at)  # type: ignore[arg-type]

                plain = program.sweep(objective, wanted, rule)
                fast = program.backward(nodes, objective, wanted, at_kink)
                both = [fast, program.gradients(given, objective, wanted)] if at_kink == 0.5 else [fast]
                for found in both:
                    for node in wanted:
                        assert np.shape(found[node]) == np.shape(nodes[node])
                        exact = plain.get(node, np.zeros(np.shape(nodes[node])))
                        assert (np.abs(found[node] - exact) <= 1e-13 * scale[node]).all()


@pytest.mark.parametrize("name", catalogue())
def test_a_sweep_begun_where_a_rule_changed_gives_what_the_whole_sweep_does(name: str) -> None:
    exercise = catalogue()[name]
    program, nodes = exercise.program, trial_set(exercise, b"secret", 0).trials[1].nodes
    asked = [ask for ask in exercise.asks if isinstance(ask, Gradient)]
    for objective in dict.fromkeys(ask.objective for ask in asked):
        wanted = [ask.node for ask in asked if ask.objective == objective]
        right = program.sweep(objective, wanted, partial(program.vjp, nodes))
        way = program.between(frozenset(wanted), objective)
        for index, position, source in [(i, p, s) for i in way for p, s in enumerate(program.nodes[i].inputs)]:
            if source not in way:
                continue
            for factor in (3.0, None):

                def rule(i: int, p: int, g: object, at: object = (index, position), k: object = factor) -> object:
                    share = program.vjp(nodes, i, p, g)
                    return share if (i, p) != at else share * k if k is not None else None

                whole = program.sweep(objective, wanted, rule)
                begun = program.sweep(objective, wanted, rule, before=right, changed=[source])
                assert begun.keys() == whole.keys()
                assert all(np.array_equal(begun[node], whole[node], equal_nan=True) for node in whole)


@pytest.mark.parametrize("name", catalogue())
def test_fused_steps_give_the_values_of_the_program(name: str) -> None:
    exercise = catalogue()[name]
    program, nodes = exercise.program, trial_set(exercise, b"secret", 0).trials[1].nodes
    for ask in exercise.asks:
        if isinstance(ask, Gradient):
            values = list(nodes)
            for index, step in program.steps(frozenset((ask.node,)), ask.objective):
                values[index] = step.gate.forward(*(values[i] for i in step.inputs), **step.options)
                assert np.allclose(values[index], nodes[index], rtol=1e-12, atol=1e-12)


def test_a_sigmoid_s_log_loss_is_one_step_with_one_logarithm() -> None:
    program = catalogue()["two-layer"].program
    sources = frozenset(program.names[name] for name in ("W1", "b1", "W2", "b2"))
    steps = dict(program.steps(sources, program.names["J"]))
    loss = steps[program.names["L"]]
    assert loss.inputs == (program.names["Y"], program.names["Z2"])
    assert str(loss.gate.symbolic(*sympy.symbols("Y Z2"))).count("log") == 1  # type: ignore[union-attr]
    assert loss.gate.forward(np.array([1.0, 0.0]), np.array([40.0, 40.0])).tolist() == [0.0, 40.0]


def test_gates_with_kinks_and_operands_that_broadcast_stay_apart() -> None:
    shapes = {"x": (2,), "y": (2,), "z": (2, 2)}
    assert of_gates(Program(), "f = sum(exp(x * y) * sin(x))", **shapes) == ("fused", "sum")
    assert of_gates(Program(), "f = sum(relu(x * y) * sin(x))", **shapes) == ("multiply", "relu", "fused", "sum")
    assert of_gates(Program(), "f = sum(exp(x * z) * sin(x))", **shapes) == ("multiply", "sin", "fused", "sum")


def test_what_several_chains_read_is_computed_once() -> None:
    program = Program()
    assert of_gates(program, "a = exp(x * y)\nb = sum(a / x)\nc = sum(a * y)\nf = b * c", x=(2,), y=(2,)) == (
        "fused", "divide", "sum", "multiply", "sum", "multiply",
    )  # fmt: skip


def test_a_chain_whose_definition_grows_is_cut_and_the_links_of_one_that_is_not_known_stay_apart() -> None:
    program = Program()
    text = "\n".join(f"a{i + 1} = sin(a{i}) * cos(a{i}) + a{i}" for i in range(12)).replace("a0", "x")
    cut, apart = chained(program, text, x=(2,))
    assert 1 < len(cut) < 24
    assert apart == tuple((i, node) for i, node in enumerate(program.nodes) if isinstance(node, Operation))
    nodes = program.forward({"x": np.array([0.3, 1.1])})
    for steps in (cut, apart):
        values = [v if isinstance(node, Input) else None for v, node in zip(nodes, program.nodes, strict=True)]
        for index, step in steps:
            assert isinstance(program.nodes[index], Operation)
            values[index] = step.gate.forward(*(values[i] for i in step.inputs))
        assert np.allclose(values[program.names["a12"]], nodes[program.names["a12"]], rtol=1e-12)


def test_a_chain_that_is_known_is_fused_beside_one_that_is_not() -> None:
    loss = "A = sigmoid(Z)\nL = -(Y * log(A) + (1 - Y) * log(1 - A))"
    shapes = {"Z": (1, 3), "Y": (1, 3), "W": (1, 1)}
    _, steps = chained(Program(), f"{loss}\nB = sin(cos(exp(tanh(L @ Y.T))))\nJ = sum(B * W)", **shapes)
    assert [step.gate.name for _, step in steps] == [
        "fused", "transpose", "matmul", "tanh", "exp", "cos", "sin", "multiply", "sum",
    ]  # fmt: skip
