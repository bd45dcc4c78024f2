"""The diagram of a circuit: what is drawn, from what, in which order, and with which gradients."""

import numpy as np
import pytest

from grader import Diagram, Element, catalogue, diagram, in_words, read_exercise, worked_example
from grader.gates import GATES


def of(name: str) -> Diagram:
    found = diagram(catalogue()[name])
    assert found
    return found


def by_title(drawn: Diagram) -> dict[str, Element]:
    return {element.name or element.operation: element for element in drawn.elements}


def test_a_scalar_circuit_is_drawn_gate_by_gate_with_its_numbers_in_the_gates() -> None:
    elements = by_title(of("sigmoid-neuron"))
    signs = {title: element.sign for title, element in elements.items() if element.gates}
    assert signs == {
        "w0*x0": "×", "w1*x1": "×", "w0*x0 + w1*x1": "+", "dot": "+", "-dot": "−", "exp(-dot)": "exp",
        "1 + exp(-dot)": "1 +", "f": "1 ÷",
    }  # fmt: skip
    assert elements["f"].operation == "1 / (1 + exp(-dot))"
    assert elements["f"].inputs == (elements["1 + exp(-dot)"].node,)


def test_a_network_is_drawn_step_by_step_from_what_has_a_name() -> None:
    elements = by_title(of("two-layer"))
    assert list(elements) == ["X", "Y", "W1", "b1", "W2", "b2", "Z1", "A1", "Z2", "A2", "L", "J"]
    assert (elements["Z1"].operation, elements["Z1"].letters) == ("W1 @ X + b1", "(n_h, m)")
    assert elements["Z1"].gates == ("matmul", "add")
    assert {elements[name].node for name in ("X", "W1", "b1")} == set(elements["Z1"].inputs)


def test_the_backward_pass_goes_from_the_objective_through_all_that_leads_to_an_asked_gradient() -> None:
    drawn = of("add-multiply")
    elements = by_title(drawn)
    assert drawn.objective == elements["f"].node
    assert [elements[name].place for name in ("f", "q", "x")] == [1, 2, None]
    assert {name: float(elements[name].gradient) for name in elements if elements[name].gradient is not None} == {
        "x": -4.0, "y": -4.0, "z": 3.0, "q": -4.0, "f": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_gradient_that_is_asked_is_the_exact_one_at_its_element(name: str) -> None:
    exercise = catalogue()[name]
    drawn, trial = diagram(exercise), worked_example(exercise)
    asked = {element.asked: element for element in drawn.elements if element.asked} if drawn else {}
    for asked_name, element in asked.items():
        np.testing.assert_array_equal(element.gradient, trial.expected[asked_name].exact)
    for element in drawn.elements if drawn else ():
        np.testing.assert_array_equal(element.value, trial.nodes[element.node])
        assert element.place is None or element.gradient is not None


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_what_the_elements_pass_on_adds_up_to_the_gradient_that_arrives(name: str) -> None:
    drawn = diagram(catalogue()[name])
    arrived: dict[int, np.ndarray] = {}
    for element in drawn.elements if drawn else ():
        for source, share in zip(element.inputs, element.passed, strict=True):
            if share is not None:
                arrived[source] = arrived.get(source, 0) + share
    for element in drawn.elements if drawn else ():
        if element.gradient is not None and drawn and element.node != drawn.objective:
            gradient = element.gradient if element.swept is None else element.swept
            np.testing.assert_allclose(arrived[element.node], gradient, rtol=1e-9, atol=1e-12)


def test_a_gradient_asked_of_another_objective_stands_beside_the_one_that_is_passed_on() -> None:
    drawn = of("two-layer")
    z1, w1 = (by_title(drawn)[name] for name in ("Z1", "W1"))
    assert (drawn.of, z1.of, w1.of) == ("J", "sum(L)", "J")
    np.testing.assert_allclose(z1.swept, z1.gradient / z1.value.shape[1])
    assert w1.swept is None


def test_no_gradient_reaches_labels_and_inputs_that_nothing_is_asked_of() -> None:
    elements = by_title(of("two-layer"))
    assert elements["X"].gradient is None
    assert elements["Y"].gradient is None


def test_an_objective_without_a_name_is_drawn_too() -> None:
    elements = by_title(of("relu-layer"))
    assert elements["sum(dout * out)"].inputs == (elements["dout"].node, elements["out"].node)


def test_a_step_whose_value_is_asked_says_so() -> None:
    assert {element.name: element.answer for element in of("middle-layer").elements if element.answer} == {"Y": "y"}


def test_without_a_gradient_to_ask_for_there_is_no_diagram() -> None:
    assert diagram(catalogue()["difference-quotient"]) is None


def test_a_long_scalar_circuit_is_drawn_by_its_named_steps() -> None:
    forward = "\n".join(f"  s{i} = s{i - 1} * x + 1" if i else "  s0 = x + 1" for i in range(40))
    exercise = read_exercise(
        f"name: long\ninputs: {{x: {{}}}}\nworked: {{x: 0.5}}\nforward: |\n{forward}\ngradients: [dx]\n"
    )
    drawn = diagram(exercise)
    assert drawn
    assert all(element.name for element in drawn.elements)
    assert len(drawn.elements) == 41


def test_every_gate_has_a_local_rule_in_words() -> None:
    for gate in GATES:
        assert in_words(f"gate_{gate}", {}, "en") != in_words(f"gate_{gate}", {}, "ja")
