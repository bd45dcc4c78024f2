"""Forward, backward and the numerical check, derived from one program text."""

import re

import numpy as np
import pytest

from grader.exact import derive
from grader.finite import central_differences
from grader.program import Program, ProgramError
from grader.shapes import product, total


def a_program(text: str, **shapes: tuple[str | int, ...]) -> Program:
    program = Program()
    used = {d for shape in shapes.values() for d in shape} | set(re.findall(r"\w+", text))
    for letter in (letter for letter in SIZES if letter in used):
        program.dimension(letter, DERIVED.get(letter))
    for name, shape in shapes.items():
        program.given(name, shape)
    program.read(text)
    return program


SIZES = {"n": 2, "k": 3, "m": 2, "p": 6, "q": 5}
DERIVED = {"p": product(("n", "k")), "q": total(("k", "m"))}
PROGRAMS = {
    "a fork": ("a = x * y\nb = a * x + a ** 2\nf = b * exp(-a)", {"x": (), "y": ()}),
    "broadcasting": ("u = X * b + c\nf = sum(tanh(u) * u)", {"X": ("n", "k"), "b": ("k",), "c": ("n", 1)}),
    "vectors": ("d = w @ x\nv = A @ x\nf = d * sum(v * w) + sum(x @ A.T)", {"w": ("n",), "x": ("n",), "A": ("n", "n")}),
    "axes": (
        "s = sum(X, axis=0)\nr = mean(X * X, axis=1, keepdims=True)\nf = sum(s ** 3) + sum(X / (1 + r))",
        {"X": ("n", "k")},
    ),
    "kinks": ("u = relu(X) + abs(X - 2)\nf = sum(max(u, X * X)) - sum(min(X, 1))", {"X": ("n", "k")}),
    "branches": ("f = sum(where(X > 0, X ** 2, sin(X)) * cos(X) * sqrt(4 + X))", {"X": ("n", "k")}),
    "indices and labels": (
        "t = take(log_softmax(X), labels)\nr = X[0] * X[0, 1] + X[1]\nf = -sum(t) + sum(r * r)",
        {"X": ("n", "k"), "labels": ("n",)},
    ),
    "the largest along an axis": (
        "s = max(X, axis=1, keepdims=True)\nc = max(X * X, axis=0)\nf = sum(X * s) + sum(c)",
        {"X": ("n", "k")},
    ),
    "softmax by columns": ("P = softmax(X, axis=0)\nf = sum(P * P * X)", {"X": ("n", "k")}),
    "reshape": ("V = reshape(X, p)\nM = reshape(V * V, k, n)\nf = sum(M @ X) + sum(V)", {"X": ("n", "k")}),
    "concatenate": (
        "H = concatenate(X, Y, axis=1)\nf = sum(H @ W * H[0, 0])",
        {"X": ("n", "k"), "Y": ("n", "m"), "W": ("q", "n")},
    ),
    "leaky units": ("f = sum(leaky_relu(X - 1) * softplus(X))", {"X": ("n", "k")}),
    "a mean cost": ("Z = W @ X\nJ = sum(log(1 + exp(Z))) / m", {"W": ("n", "k"), "X": ("k", "m")}),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_sympy_outright_the_reverse_sweep_and_central_differences_agree(name: str) -> None:
    text, shapes = PROGRAMS[name]
    program = a_program(text, **shapes)
    generator = np.random.default_rng(11)
    values = {n: generator.uniform(0.2, 1.5, program.shape_of(program.names[n], SIZES)) for n in shapes}
    labels = {"labels": np.array([2.0, 0.0])} if "labels" in shapes else {}
    values |= labels
    nodes = program.forward({**{d: SIZES[d] for d in program.dimensions}, **values})
    objective = program.names["J" if "J" in program.names else "f"]
    wanted = [i for n, i in program.names.items() if n not in {*SIZES, "labels"} and i != objective]
    swept = program.backward(nodes, objective, wanted)
    for node in wanted:
        outright = derive(program, objective, node, SIZES, labels).evaluate(nodes).astype(float)
        estimate = central_differences(program, nodes, objective, [node])[node]
        assert np.allclose(swept[node], outright, rtol=1e-12, atol=1e-13)
        assert np.shape(swept[node]) == np.shape(nodes[node])
        assert (np.abs(estimate.gradient - outright) <= 4 * estimate.error + 1e-12).all()
        assert (estimate.error < 1e-5).all()


def test_the_sum_of_paths_bounds_every_gradient() -> None:
    text, shapes = PROGRAMS["a fork"]
    program = a_program(text, **shapes)
    nodes = program.forward({"x": np.float64(0.7), "y": np.float64(-1.2)})
    wanted = [program.names["x"], program.names["y"], program.names["a"]]
    exact, scale = (sweep(nodes, program.names["f"], wanted) for sweep in (program.backward, program.magnitudes))
    assert all(abs(exact[i]) <= scale[i] * (1 + 1e-15) for i in wanted)


def test_a_perturbation_that_crosses_a_kink_is_not_answered() -> None:
    program = a_program("f = sum(relu(x))", x=("n",))
    nodes = program.forward({"n": 2, "x": np.array([1e-5, 1.0])})
    [estimate] = central_differences(program, nodes, program.names["f"], [program.names["x"]]).values()
    assert np.isnan(estimate.gradient[0])
    assert estimate.gradient[1] == pytest.approx(1.0)


def test_the_gradient_of_one_among_more_fixed_inputs_than_a_fused_gate_takes() -> None:
    letters = "abcdeghuv"
    program = a_program(f"f = x * ({' + '.join(letters)})", x=(), **dict.fromkeys(letters, ()))
    nodes = program.forward({"x": np.float64(3), **{c: np.float64(i) for i, c in enumerate(letters)}})
    x = program.names["x"]
    assert program.backward(nodes, program.names["f"], [x]) == {x: sum(range(9))}


def test_what_the_objective_does_not_depend_on_has_gradient_zero() -> None:
    program = a_program("g = x + y\nf = x * 2", x=(), y=())
    nodes = program.forward({"x": np.float64(1), "y": np.float64(2)})
    assert program.backward(nodes, program.names["f"], [program.names["y"]]) == {program.names["y"]: 0.0}


def test_equal_subexpressions_are_one_node() -> None:
    program = a_program("a = x * y\nf = x * y + 1", x=(), y=())
    assert len(program.nodes) == 5  # x, y, x*y, 1, f


def test_many_stacked_points_are_evaluated_in_bounded_memory() -> None:
    program = a_program("f = sum(tanh(X) ** 2)", X=("n", "k"))
    values = np.random.default_rng(1).normal(size=(60, 40))
    nodes = program.forward({"n": 60, "k": 40, "X": values})
    [estimate] = central_differences(program, nodes, program.names["f"], [program.names["X"]]).values()
    exact = 2 * np.tanh(values) * (1 - np.tanh(values) ** 2)
    assert np.allclose(estimate.gradient, exact, atol=1e-7)


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        ("f = x @ y", 1, "@ takes vectors and matrices"),
        ("a = x + 1\nf = foo(a)", 2, "not a function"),
        ("\nf = x + unknown", 2, "not a name of this exercise"),
        ("f = x + 1\nf = x + 2", 2, "already has a value"),
        ("x = 3", 1, "already has a value"),
        ("a = x + 1\nb = a", 2, "only another name"),
        ("if x: f = 1", 1, "not of the form"),
        ("f = W @ W", 1, r"(n, k) @ (n, k): the inner dimensions k and n differ"),
        ("f = __import__('os')", 1, "is not a function"),
        ("a = 2\nf = x * log(a - 2)", 2, "`log(a - 2)` is not a finite number"),
        ("\n".join(f"a{i} = x + {i}" for i in range(300)), 201, "more than 200 statements"),
    ],
)
def test_a_program_that_cannot_be_read_is_refused_with_its_line(text: str, line: int, complaint: str) -> None:
    with pytest.raises(ProgramError) as refusal:
        a_program(text, x=(), y=(), W=("n", "k"))
    assert refusal.value.line == line
    assert complaint in str(refusal.value)
