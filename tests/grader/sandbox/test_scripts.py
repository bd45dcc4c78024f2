"""The script interface."""

from typing import Any

import numpy as np
import pytest

from grader.candidate import Array, Missing, NotArray
from grader.sandbox import Call, Job, Sandbox
from tests.grader.sandbox.jobs import SCRIPT, failed, finished, first, job, number, script

CIRCUIT = {
    "kind": "script",
    "provides": {},
    "reads": [
        {"names": ["dx", "dfdx", "df_dx"], "pattern": "dx"},
        {"names": ["dw"], "pattern": ["dw0", "dw1", "dw2"]},
        {"names": ["dw0"], "pattern": "dw0"},
    ],
}
ASKS = ("dx", "dw0", "dw1", "dw2")


def circuit(source: str, interface: dict[str, Any] = CIRCUIT, **values: Any) -> Job:
    given = {name: np.asarray(value) for name, value in values.items()}
    return job(source, interface, Call(given, ASKS), inputs=tuple(values))


@pytest.mark.parametrize("name", ["dx", "dfdx", "df_dx"])
def test_an_answer_is_picked_up_under_each_of_its_names(sandbox: Sandbox, name: str) -> None:
    assert number(first(sandbox.run(circuit(f"{name} = 4.5"))).candidates["dx"]) == 4.5


def test_the_first_name_wins(sandbox: Sandbox) -> None:
    assert number(first(sandbox.run(circuit("df_dx = 1.0\ndx = 2.0"))).candidates["dx"]) == 2.0


def test_an_answer_that_was_read_is_not_overwritten(sandbox: Sandbox) -> None:
    found = first(sandbox.run(circuit("dw = [1.0, 2.0, 3.0]; dw0 = 9.0"))).candidates
    assert [number(found[name]) for name in ASKS[1:]] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("dw", ["[1, 2, 3]", "(1, 2, 3)", "np.array([1, 2, 3])", "np.array([1., 2., 3.])"])
def test_a_list_of_answers_is_taken_apart(sandbox: Sandbox, dw: str) -> None:
    found = first(sandbox.run(circuit(f"dw = {dw}"))).candidates
    assert [number(found[name]) for name in ASKS[1:]] == [1.0, 2.0, 3.0]


def test_a_list_of_the_wrong_length_is_told(sandbox: Sandbox) -> None:
    answers = first(sandbox.run(circuit("dw = [1, 2]")))
    assert set(answers.candidates.values()) == {Missing()}
    assert answers.notes == (("wrong_number_of_results", {"got": 2, "expected": 3}),)


def test_inputs_arrive_as_python_floats_and_float64_arrays(sandbox: Sandbox) -> None:
    source = "dx = [type(s) is float, A.dtype == np.float64, y.dtype == np.int64, type(m) is int]"
    values = {"s": np.array(2.0), "A": np.ones((2, 3)), "y": np.array([1, 2]), "m": np.array(3)}
    assert number(first(sandbox.run(circuit(source, **values))).candidates["dx"]) == [1.0] * 4


def test_numpy_and_math_are_at_hand(sandbox: Sandbox) -> None:
    found = first(sandbox.run(circuit("dx = np.sqrt(4) + numpy.sqrt(9) + math.sqrt(16)"))).candidates["dx"]
    assert number(found) == 9.0


def test_what_is_provided_is_packed_as_stated(sandbox: Sandbox) -> None:
    interface = CIRCUIT | {"provides": {"w": ["w0", "w1"], "pack": {"inner": ["w1"]}}}
    found = first(sandbox.run(circuit("dx = w + pack['inner']", interface, w0=2.0, w1=-3.0))).candidates["dx"]
    assert number(found) == [2.0, -3.0, -3.0]


@pytest.mark.parametrize(
    "assignment",
    [
        "x = -2; y = 5",
        "x, y = -2, 5",
        "(x, y) = [-2, 5]",
        "[x, *y] = [-2, 5, 6]",
        "x = y = -2",
        "x: float = -2\ny: float = 5",
        "if True:\n    x = -2\n    y = 5",
        "if True:\n    pass\nelse:\n    pass\nx = -2; y = 5",
        "try:\n    x = -2\nfinally:\n    y = 5",
        "x = float(input())\ny = undefined",
    ],
)
def test_assignments_to_inputs_are_skipped_and_told(sandbox: Sandbox, assignment: str) -> None:
    outcome = finished(sandbox.run(circuit(f"{assignment}\ndx = x * y", x=3.0, y=4.0)))
    assert number(outcome.answers[0].candidates["dx"]) == 12.0
    assert outcome.notes == (("input_assignment_skipped", {"names": ["x", "y"]}),)


def test_a_name_near_to_that_of_a_missing_answer_is_told(sandbox: Sandbox) -> None:
    outcome = finished(sandbox.run(circuit("ddx = 3.0\ndw = [1, 2, 3]\nw0 = total = 4.0", x=3.0)))
    assert outcome.notes == (("near_name", {"name": "ddx", "asked": "dx"}),)
    answered = finished(sandbox.run(circuit("ddx = 3.0\ndx = 4.0\ndw = w = 1.0", x=3.0)))
    assert answered.notes == ()


@pytest.mark.parametrize("assignment", ["x = q = 7.0", "x, q = -2, 7.0", "q, *x = 7.0, 1, 2", "x = 1; q = 7.0"])
def test_what_is_set_beside_an_input_is_set(sandbox: Sandbox, assignment: str) -> None:
    found = first(sandbox.run(circuit(f"{assignment}\ndx = [x, q]", x=3.0))).candidates["dx"]
    assert number(found) == [3.0, 7.0]


def test_a_comprehension_over_an_inputs_name_is_no_assignment(sandbox: Sandbox) -> None:
    outcome = finished(sandbox.run(circuit("dx = sum(x for x in [1, 2]) + x", x=3.0)))
    assert number(outcome.answers[0].candidates["dx"]) == 6.0
    assert outcome.notes == ()


def test_an_assignment_within_a_function_is_its_own(sandbox: Sandbox) -> None:
    outcome = finished(sandbox.run(circuit("def f():\n    x = 5\n    return x\ndx = f() + x", x=3.0)))
    assert number(outcome.answers[0].candidates["dx"]) == 8.0
    assert outcome.notes == ()


def test_a_name_that_is_both_an_input_and_read_may_be_set(sandbox: Sandbox) -> None:
    interface = {"kind": "script", "reads": [{"names": ["w"], "pattern": "dx"}]}
    assert number(first(sandbox.run(circuit("w = w - 1", interface, w=3.0))).candidates["dx"]) == 2.0


def test_a_value_that_the_script_did_not_set_is_no_answer(sandbox: Sandbox) -> None:
    assert first(sandbox.run(circuit("dw0 = 1.0", dx=3.0))).candidates["dx"] == Missing()


def test_adding_to_a_value_sets_it(sandbox: Sandbox) -> None:
    answers = first(sandbox.run(job("dx += 1", CIRCUIT, Call({"dx": np.zeros(2)}, ASKS))))
    assert number(answers.candidates["dx"]) == [1.0, 1.0]


def test_what_was_set_before_an_exception_is_still_an_answer(sandbox: Sandbox) -> None:
    answers = first(sandbox.run(circuit("dx = 4.0\nboom\ndw0 = 1.0")))
    assert number(answers.candidates["dx"]) == 4.0
    assert answers.candidates["dw0"] == Missing()
    assert answers.raised is not None
    assert (answers.raised.type, answers.raised.line) == ("NameError", 2)
    assert answers.raised.message == "name 'boom' is not defined"


@pytest.mark.parametrize("end", ["exit()", "quit(0)", "raise SystemExit", "import sys\nsys.exit()"])
def test_a_script_may_end_itself_once_all_is_answered(sandbox: Sandbox, end: str) -> None:
    answered = first(sandbox.run(script(f"dx = 2 * x\n{end}\ndx = 0")))
    assert (number(answered.candidates["dx"]), answered.raised) == (6.0, None)
    early = first(sandbox.run(script(f"{end}\ndx = 2 * x")))
    assert early.raised is not None
    assert early.raised.type == "SystemExit"
    failing = first(sandbox.run(script("dx = 2 * x\nexit('It does not work.')")))
    assert failing.raised is not None


def test_what_jupyter_gives_to_everybody_is_here(sandbox: Sandbox) -> None:
    source = "get_ipython().run_line_magic('matplotlib', 'inline')\ndx = 2 * x\ndisplay(dx)"
    found = first(sandbox.run(script(source)))
    assert (number(found.candidates["dx"]), found.raised) == (6.0, None)


def test_every_call_starts_anew(sandbox: Sandbox) -> None:
    source = "n = globals().get('n', 0) + 1\ndx = n * x"
    outcome = finished(sandbox.run(script(source, 1.0, 2.0, 3.0)))
    assert [number(answers.candidates["dx"]) for answers in outcome.answers] == [1.0, 2.0, 3.0]


def test_later_calls_are_made_after_one_has_raised(sandbox: Sandbox) -> None:
    outcome = finished(sandbox.run(script("dx = 1 / (x - 2)", 2.0, 3.0, 2.0, 4.0)))
    assert [answers.raised is not None for answers in outcome.answers] == [True, False, True, False]
    hidden = outcome.answers[2].raised
    assert hidden is not None
    assert (hidden.type, hidden.message, hidden.line, hidden.traceback) == ("ZeroDivisionError", "", 1, "")


def test_only_the_worked_examples_output_is_kept(sandbox: Sandbox) -> None:
    outcome = finished(sandbox.run(script("print('x is', x); dx = x", 1.0, 2.0)))
    assert outcome.stdout == "x is 1.0\n"


def test_output_is_cut_and_the_cut_is_told(sandbox: Sandbox) -> None:
    outcome = finished(sandbox.run(script("print('é' * 10**6); dx = x")))
    assert outcome.stdout == "é" * 8192
    assert outcome.notes == (("stdout_cut", {"limit": 16 << 10}), ("stdout_cut_in_line", {"cut_line": 1}))


def test_warnings_are_shown_as_in_a_terminal(sandbox: Sandbox) -> None:
    outcome = finished(sandbox.run(script("y = 1\ndx = np.log(np.array([-1.0]))")))
    assert outcome.stdout.startswith("submission.py:2: RuntimeWarning: invalid value encountered in log")


def test_an_input_that_was_changed_is_told(sandbox: Sandbox) -> None:
    answers = first(sandbox.run(circuit("A += 1\ndx = A.sum()", A=np.ones(2))))
    assert answers.notes == (("input_changed", {"name": "A"}),)


def test_a_result_that_is_an_inputs_memory_is_told(sandbox: Sandbox) -> None:
    answers = first(sandbox.run(circuit("dx = A.T", A=np.ones((2, 3)))))
    assert answers.notes == (("result_aliases_input", {"name": "dx", "input": "A"}),)


def test_results_that_differ_the_second_time_are_named(sandbox: Sandbox) -> None:
    outcome = finished(sandbox.run(script("dx = np.random.rand(); print(dx)", 1.0, 2.0)))
    assert outcome.answers[0].notes == (("results_differ_on_second_call", {"names": ["dx"]}),)
    assert outcome.answers[1].notes == ()
    assert outcome.stdout.count("\n") == 1


def test_nan_is_the_same_the_second_time(sandbox: Sandbox) -> None:
    assert first(sandbox.run(script("dx = float('nan')"))).notes == ()


def test_two_runs_do_not_share_their_randomness(sandbox: Sandbox) -> None:
    source = "import random; dx = [np.random.rand(), random.random()]"
    numbers = [number(first(sandbox.run(script(source))).candidates["dx"]) for _ in range(2)]
    assert not set(numbers[0]) & set(numbers[1])


@pytest.mark.parametrize(
    "source",
    ["if x > 0:\n    dx = 1", "for i in range(3):\n    dx = i", "with np.errstate():\n    dx = 1", "dx, dy = 1, 2"],
)
def test_a_script_fits_wherever_at_top_level_it_sets_a_name(sandbox: Sandbox, source: str) -> None:
    assert isinstance(first(sandbox.run(script(source))).candidates["dx"], Array)


@pytest.mark.parametrize("source", ["dy = 1", "def f():\n    dx = 1", "print('dx = 1')", "dx == 1"])
def test_a_script_that_sets_no_name_does_not_fit(sandbox: Sandbox, source: str) -> None:
    outcome = failed(sandbox.run(script(source)))
    assert (outcome.status, outcome.code) == ("not_runnable", "no_interface_fits")
    assert outcome.parameters == {"expected": "dx = ..."}


def test_the_first_interface_that_fits_is_taken(sandbox: Sandbox) -> None:
    function = {"kind": "function", "function": "f", "arguments": [{"name": "x", "pattern": "x"}], "returns": "dx"}
    call = Call({"x": 3.0 * np.ones(())}, ("dx",))
    both = Job("def f(x): return 1.0\ndx = 2.0", False, (function, SCRIPT), ("x",), (call,))
    outcome = finished(sandbox.run(both))
    assert (outcome.interface, number(outcome.answers[0].candidates["dx"])) == (0, 1.0)
    outcome = finished(sandbox.run(Job("dx = 2.0", False, (function, SCRIPT), ("x",), (call,))))
    assert (outcome.interface, number(outcome.answers[0].candidates["dx"])) == (1, 2.0)
    nothing = failed(sandbox.run(Job("y = 2.0", False, (function, SCRIPT), ("x",), (call,))))
    assert nothing.parameters["expected"] == "def f(x); dx = ..."


def test_a_helper_of_a_whole_script_may_bear_a_functions_name(sandbox: Sandbox) -> None:
    function = {"kind": "function", "function": "f", "arguments": [{"name": "x", "pattern": "x"}], "returns": "dx"}
    call = Call({"x": np.array(3.0)}, ("dx",))
    helper = "def f(delta, rate):\n    return delta * rate\n"
    outcome = finished(sandbox.run(Job(helper + "dx = f(x, 2)", False, (function, SCRIPT), ("x",), (call, call))))
    assert outcome.interface == 1
    assert [number(answer.candidates["dx"]) for answer in outcome.answers] == [6.0, 6.0]
    late = f"print('run')\n{helper}print(g)\ng = f(x, 2)\ndx = g"
    outcome = finished(sandbox.run(Job(late, False, (function, SCRIPT), ("x",), (call,))))
    assert (outcome.stdout, outcome.answers[0].notes) == ("run\n", ())  # all of it was run, and once
    alone = failed(sandbox.run(Job(f"n = print('run')\n{helper}", False, (function, SCRIPT), ("x",), (call,))))
    assert (alone.code, alone.parameters["parameter"], alone.stdout) == ("unknown_parameter", "delta", "run\n")


@pytest.mark.parametrize(
    ("rest", "interface"),
    [
        ("if __name__ == '__main__':\n    dx, dy = f(1.0)", 1),
        ("dx = 1e-6", 1),
        ("dx, dy = f(x)", 0),
    ],
)
def test_a_function_goes_before_the_students_own_test_of_it(sandbox: Sandbox, rest: str, interface: int) -> None:
    reads = [{"names": [name], "pattern": name} for name in ("dx", "dy")]
    plain = {"kind": "script", "provides": {}, "reads": reads}
    function = {
        "kind": "function", "function": "f", "arguments": [{"name": "x", "pattern": "x"}], "returns": ["dx", "dy"],
    }  # fmt: skip
    call = Call({"x": np.array(3.0)}, ("dx", "dy"))
    source = f"def f(x):\n    return 2 * x, x\n{rest}\n"
    outcome = finished(sandbox.run(Job(source, False, (plain, function), ("x",), (call,))))
    assert outcome.interface == interface
    assert [number(outcome.answers[0].candidates[ask]) for ask in ("dx", "dy")] == [6.0, 3.0]


def test_a_main_block_of_a_script_is_run(sandbox: Sandbox) -> None:
    assert number(first(sandbox.run(script("if __name__ == '__main__':\n    dx = 2 * x"))).candidates["dx"]) == 6.0


def test_dataclasses_and_postponed_annotations_work(sandbox: Sandbox) -> None:
    source = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass P:\n    v: Undefined = 2\ndx = P().v * x"
    )
    assert number(first(sandbox.run(script(source))).candidates["dx"]) == 6.0


def test_something_that_is_no_number_is_told_by_its_type(sandbox: Sandbox) -> None:
    assert first(sandbox.run(script("def dx(): pass"))).candidates["dx"] == NotArray("function")


def test_a_syntax_error_is_told_with_its_line_and_text(sandbox: Sandbox) -> None:
    outcome = failed(sandbox.run(script("y = 1\ndx = = 2\n")))
    assert (outcome.status, outcome.code, outcome.line) == ("not_runnable", "syntax_error", 2)
    assert outcome.parameters == {"reason": "invalid syntax", "text": "dx = = 2"}


def test_what_python_refuses_only_when_compiling_is_a_syntax_error_too(sandbox: Sandbox) -> None:
    outcome = failed(sandbox.run(script("dx = 1\nreturn dx")))
    assert (outcome.code, outcome.line) == ("syntax_error", 2)


def test_everything_can_be_imported_from_numpy(sandbox: Sandbox) -> None:
    answer = first(sandbox.run(script("from numpy import *\ndx = power(x, 1) + x")))
    assert answer.raised is None
    assert number(answer.candidates["dx"]) == 6.0


def test_an_input_may_go_on_from_its_own_value(sandbox: Sandbox) -> None:
    outcome = finished(sandbox.run(script("x = 2 * x\ndx = x", 3.0)))
    assert number(first(outcome).candidates["dx"]) == 6.0
    assert outcome.notes == ()
