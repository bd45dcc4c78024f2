"""Results that grow or differ from call to call are a mistake at the quantity that does."""

from __future__ import annotations

from pathlib import Path

from grader import Report, Sandbox, catalogue, grade, read_code, trial_set

FOLDER = Path(__file__).parent.parent / "submissions"


def graded(exercise: str, source: str, sandbox: Sandbox) -> Report:
    chosen = catalogue()[exercise]
    return grade(chosen, read_code(source), trial_set(chosen, b"test", 0), sandbox)


def accumulating(report: Report) -> set[str]:
    return {g.name for g in report.gradients if "accumulates_over_calls" in {f.code for f in g.findings}}


RIGHT = (FOLDER / "middle-layer" / "as_the_text_has_it.py").read_text("utf-8")


def test_a_gradient_that_grows_with_every_call_is_wrong_though_the_first_was_right(sandbox: Sandbox) -> None:
    source = "total = {'db': 0}\n" + (FOLDER / "two-layer" / "function.py").read_text("utf-8")
    before, mark, after = source.rpartition("    return")
    assert mark
    grown = f"{before}    total['db'] = total['db'] + 1\n    db2 = db2 * total['db']\n    return{after}"
    report = graded("two-layer", grown, sandbox)
    assert accumulating(report) == {"db2"}
    assert {g.name: g.verdict for g in report.gradients if g.verdict != "match"} == {"db2": "mismatch"}
    assert report.verdict == "mismatch"


def test_a_random_start_may_differ_and_an_update_follows_from_its_gradient(sandbox: Sandbox) -> None:
    assert accumulating(graded("middle-layer", RIGHT, sandbox)) == set()
    noisy = RIGHT.replace(
        "self.grad_b = ", "global n\n        n = globals().get('n', 0) + 1\n        self.grad_b = n * "
    )
    assert noisy != RIGHT
    report = graded("middle-layer", noisy, sandbox)
    assert accumulating(report) == {"db"}
    assert next(g for g in report.gradients if g.name == "b_new").verdict == "match"


def test_an_update_that_alone_differs_is_named_itself(sandbox: Sandbox) -> None:
    noisy = RIGHT.replace("self.b -= eta", "global n\n        n = globals().get('n', 0) + 1\n        self.b -= n * eta")
    assert noisy != RIGHT
    assert accumulating(graded("middle-layer", noisy, sandbox)) == {"b_new"}


def test_a_difference_of_rounding_is_none(sandbox: Sandbox) -> None:
    noisy = "import numpy as np\ndx = y * (1 + 1e-15 * np.random.rand())\ndy = x\n"
    report = graded("multiply", noisy, sandbox)
    assert report.verdict == "match"
    assert "results_differ_on_second_call" not in {n.code for n in report.notes}
    wider = graded("multiply", noisy.replace("1e-15", "1e-10"), sandbox)
    assert accumulating(wider) == {"dx"}


def test_that_another_path_is_left_with_every_call_is_told_as_overwriting(sandbox: Sandbox) -> None:
    source = (FOLDER / "staged-fraction" / "value_class_overwrites_in_any_order.py").read_text("utf-8")
    differing = source.replace("return self.number", "return self.number * self.calls").replace(
        "        self.grad = 1.0\n", "        self.grad = 1.0\n        Value.calls = -Value.calls\n"
    )
    differing = differing.replace("    made = 0\n", "    made, calls = 0, 1\n")
    report = graded("staged-fraction", differing, sandbox)
    assert {f.code for g in report.gradients for f in g.findings} == {"path_overwritten"}
    assert {g.name for g in report.gradients if g.verdict == "mismatch"} == {"dx", "dy"}
    assert "results_differ_on_second_call" in {n.code for n in report.notes}


def test_a_sum_with_noise_in_it_is_not_taken_for_one_of_its_paths(sandbox: Sandbox) -> None:
    source = (FOLDER / "staged-fraction" / "one_path_forgotten.py").read_text("utf-8")
    report = graded("staged-fraction", f"import numpy as np\n{source}\ndx = dx * (1 + np.random.rand())\n", sandbox)
    assert accumulating(report) == {"dx"}
    assert "path_overwritten" not in {f.code for g in report.gradients for f in g.findings}
