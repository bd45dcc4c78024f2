"""Names with `.T`: a course that has a value the other way round. And integers, which stay what they are."""

from typing import Any

import numpy as np
import pytest

from grader.sandbox import Call, Sandbox
from tests.grader.sandbox.jobs import finished, first, job, number

W = np.array([[1.0, 2.0, 3.0]])  # (1, n_x) here, (n_x, 1) in the course
PROPAGATE: dict[str, Any] = {
    "kind": "function",
    "function": "propagate",
    "arguments": [{"name": "w", "pattern": "w.T"}, {"name": "cache", "pattern": ["X", "w.T"]}],
    "returns": [{"dw": "dw.T"}, None],
    "names": {"dw": ["dw", "dJdw"]},
}
CALL = Call({"w": W, "X": np.ones((3, 2))}, ("dw",))


def answer(sandbox: Sandbox, body: str, **changes: Any) -> Any:
    source = f"def propagate(w, cache):\n    {body}"
    return first(sandbox.run(job(source, PROPAGATE | changes, CALL)))


def test_a_transposed_value_is_given_as_an_array_of_its_own(sandbox: Sandbox) -> None:
    found = answer(
        sandbox, "ok = w.shape == (3, 1) and w.flags.c_contiguous and w.base is None; return {'dw': w * ok}, 0"
    )
    assert number(found.candidates["dw"]) == W.tolist()
    assert found.notes == ()


@pytest.mark.parametrize("result", ["{'dw': 2 * w}, 0", "({'dJdw': 2 * w}, 0)", "[{'dw': (2 * w).tolist()}, 'cost']"])
def test_a_transposed_answer_is_recorded_the_exercises_way_round(sandbox: Sandbox, result: str) -> None:
    assert number(answer(sandbox, f"return {result}").candidates["dw"]) == (2 * W).tolist()


@pytest.mark.parametrize(("result", "shape"), [("w[:, 0]", (3,)), ("1.0", ()), ("np.ones((3, 1, 2))", (3, 1, 2))])
def test_what_is_no_matrix_is_recorded_as_it_is(sandbox: Sandbox, result: str, shape: tuple[int, ...]) -> None:
    assert np.shape(number(answer(sandbox, f"return {{'dw': {result} * 1}}, 0").candidates["dw"])) == shape


def test_changing_a_transposed_input_is_told_by_its_name_and_so_is_sharing_memory(sandbox: Sandbox) -> None:
    assert answer(sandbox, "w += 1; return {'dw': 1.0}, 0").notes == (("input_changed", {"name": "w"}),)
    assert answer(sandbox, "return {'dw': w}, 0").notes == (("result_aliases_input", {"name": "dw", "input": "w"}),)
    assert answer(sandbox, "return {'dw': w * 1}, 0").notes == ()


def test_the_state_of_an_object_and_what_is_read_of_it_may_be_transposed(sandbox: Sandbox) -> None:
    interface = {"kind": "class", "class": "Neuron", "state": {"w": "w.T"}, "read": {"dw": "dw.T"},
                 "calls": [{"method": "backward", "arguments": ["X"], "returns": None}]}  # fmt: skip
    source = "class Neuron:\n    w = np.zeros((3, 1))\n    def backward(self, X): self.dw = 2 * self.w"
    assert number(first(sandbox.run(job(source, interface, CALL))).candidates["dw"]) == (2 * W).tolist()


def test_what_a_method_keeps_under_the_name_of_the_ask_is_transposed_once(sandbox: Sandbox) -> None:
    call = {"method": "backward", "arguments": ["w.T"], "returns": "dw.T"}
    interface = {"kind": "class", "class": "Neuron", "calls": [call]}
    source = "class Neuron:\n    def backward(self, w): self.dw = 3 * w"
    assert number(first(sandbox.run(job(source, interface, CALL))).candidates["dw"]) == (3 * W).tolist()


def test_a_script_may_answer_transposed(sandbox: Sandbox) -> None:
    interface = {"kind": "script", "provides": {"wt": "w.T"}, "reads": [{"names": ["dwt"], "pattern": "dw.T"}]}
    assert number(first(sandbox.run(job("dwt = wt + 1", interface, CALL))).candidates["dw"]) == (W + 1).tolist()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (np.array([1, 0, 2]), "isinstance(y, np.ndarray) and y.dtype == np.int64"),
        (np.array([1, 0], np.int32), "y.dtype == np.int64 and scores[np.arange(2), y].tolist() == [2.0, 3.0]"),
        (np.array(2), "type(y) is int and [1, 2, 3][y] == 3"),
        (np.int64(2), "type(y) is int"),
        (np.array(2.0), "type(y) is float"),
    ],
)
def test_integers_reach_the_student_as_integers(sandbox: Sandbox, value: Any, kind: str) -> None:
    call = Call({"y": value, "scores": np.array([[1.0, 2.0], [3.0, 4.0]])}, ("right",))
    interface = {"kind": "script", "reads": [{"names": ["right"], "pattern": "right"}]}
    outcome = finished(sandbox.run(job(f"right = {kind}", interface, call)))
    assert number(outcome.answers[0].candidates["right"]) == 1.0
