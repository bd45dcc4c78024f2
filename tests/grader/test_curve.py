"""The numerical check against its step: errors fall with h by the formula's order, and rise again by rounding."""

import numpy as np
import pytest

from grader import catalogue, curve, read_exercise, worked_example
from grader.finite import quotient


def errors(name: str, of: str, index: tuple[int, ...] = ()) -> dict[str, dict[float, float]]:
    found = curve(catalogue()[name], of, index)
    return {
        kind: {step.h: value for step in found.steps if (value := getattr(step, f"{kind}_error")) is not None}
        for kind in ("forward", "central")
    }


def test_the_errors_fall_with_the_order_of_the_formula_until_rounding_takes_over() -> None:
    off = errors("sigmoid-neuron", "dw0")
    assert off["forward"][0.001] / off["forward"][0.0001] == pytest.approx(10, rel=0.05)
    assert off["central"][0.01] / off["central"][0.001] == pytest.approx(100, rel=0.05)
    for kind in ("forward", "central"):
        least = min(off[kind], key=lambda h: off[kind][h])
        assert 1e-9 < least < 1e-3
        assert off[kind][1e-14] > 1e3 * off[kind][least]


def test_the_quotients_are_those_that_a_student_would_write() -> None:
    exercise = catalogue()["two-layer"]
    nodes, ask = worked_example(exercise).nodes, exercise.ask("dW1")
    found = curve(exercise, "dW1", (2, 1))
    for step in found.steps[::8]:
        for central, value in ((False, step.forward), (True, step.central)):
            written = quotient(exercise.program, nodes, ask.objective, ask.node, step.h, central)[2, 1]
            assert value == pytest.approx(written, rel=1e-9, abs=1e-15 / step.h)
    assert found.exact == worked_example(exercise).expected["dW1"].exact[2, 1]


def test_a_kink_is_marked_from_the_step_on_that_reaches_it() -> None:
    exercise = catalogue()["relu-layer"]
    x = worked_example(exercise).values["x"]
    near = tuple(int(i) for i in np.unravel_index(np.abs(x).argmin(), x.shape))
    found = curve(exercise, "dx", near)
    distance = float(abs(x[near]))
    assert distance < 1, "the example has to have an entry that the largest step carries over the kink"
    assert {step.h for step in found.steps if step.kink} == {step.h for step in found.steps if step.h > distance}


def test_the_error_of_an_answer_is_the_reports() -> None:
    found = curve(catalogue()["multiply"], "dx", ())
    assert found.error(found.exact) == 0.0
    assert found.error(-found.exact) == pytest.approx(2.0)
    assert found.error(float("nan")) is None


def test_there_is_no_curve_of_what_is_not_there() -> None:
    exercise = catalogue()["two-layer"]
    for name in ("dV", "J"):
        with pytest.raises(KeyError):
            curve(exercise, name, ())
    for index in ((), (4, 0), (0, 0, 0), (-1, 0)):
        with pytest.raises(IndexError):
            curve(exercise, "dW1", index)
    with pytest.raises(KeyError):
        curve(catalogue()["gradient-descent-step"], "W_new", (0, 0))


def test_where_the_function_has_no_value_the_quotient_is_none() -> None:
    given = "inputs: {x: {draw: 'uniform(0.5, 0.9)'}}\nworked: {x: 0.5}\n"
    exercise = read_exercise(f"name: root\n{given}forward: |\n  f = sqrt(x)\ngradients: [dx]\n")
    step = curve(exercise, "dx", ()).steps[0]
    assert step.h == 1
    assert (step.central, step.central_error) == (None, None)
    assert step.forward is not None
