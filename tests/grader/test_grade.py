"""Student files, as students write them: right ones match in any honest style, wrong ones fail in exactly what they
got wrong. The first lines of a file say what is expected of it:

    # right
    # wrong: dW1=mismatch db1=wrong_shape        every other asked quantity matches
    # not_run: code                              the code of the run's message
    # finding: code                              at least one finding or note has this code
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from grader import Code, Limits, Report, Sandbox, catalogue, grade, read_code, read_exercise, trial_set

FOLDER = Path(__file__).parent.parent / "submissions"
FILES = sorted(FOLDER.glob("*/*.py"))


def expectations(source: str) -> dict[str, str]:
    head = re.findall(r"^# (right|wrong|not_run)(?:: (.*))?$", source, re.MULTILINE)
    return dict(head)


def codes_expected(source: str) -> set[str]:
    return set(re.findall(r"^# (?:finding|note): (\w+)$", source, re.MULTILINE))


def graded(exercise: str, source: str, sandbox: Sandbox, number: int = 3) -> Report:
    chosen = catalogue()[exercise]
    return grade(chosen, read_code(source), trial_set(chosen, b"test", number), sandbox)


def codes_said(report: Report) -> set[str]:
    of_gradients = {item.code for g in report.gradients for item in (*g.findings, *g.notes)}
    return of_gradients | {item.code for item in (*report.findings, *report.notes)}


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_student_file_gets_the_verdicts_that_its_head_says(path: Path, sandbox: Sandbox) -> None:
    source = path.read_text("utf-8")
    expected = expectations(source)
    report = graded(path.parent.name, source, sandbox)
    words = report.to_dict("en")
    assert Report.from_dict(json.loads(json.dumps(words))).to_dict() == report.to_dict()
    if "not_run" in expected:
        assert report.verdict == "not_run"
        assert report.score == 0
        assert words["run"]["message"]
        assert not expected["not_run"] or report.run.code == expected["not_run"]
        assert codes_expected(source) <= codes_said(report)
        return
    wrong = dict(pair.split("=") for pair in expected.get("wrong", "").split())
    assert {g.name: g.verdict for g in report.gradients if g.verdict != "match"} == wrong, words
    assert report.verdict == ("mismatch" if wrong else "match")
    assert (report.score == report.max_score) == (not wrong)
    assert codes_expected(source) <= codes_said(report)
    if not wrong:
        assert not [f for g in report.gradients for f in g.findings], "the right answer draws no finding"


@pytest.mark.parametrize("name", catalogue())
def test_every_exercise_has_right_files_in_three_styles_and_a_wrong_one(name: str) -> None:
    heads = [expectations(p.read_text("utf-8")) for p in (FOLDER / name).glob("*.py")]
    assert sum("right" in head for head in heads) >= 3
    assert sum("wrong" in head for head in heads) >= 1


def test_the_same_file_is_judged_alike_on_every_set_of_trials(sandbox: Sandbox) -> None:
    for name in ("function", "derivative_at_the_wrong_variable"):
        source = (FOLDER / "two-layer" / f"{name}.py").read_text("utf-8")
        verdicts = {tuple(g.verdict for g in graded("two-layer", source, sandbox, n).gradients) for n in range(12)}
        assert len(verdicts) == 1


def test_what_an_interface_does_not_return_is_not_asked_and_the_score_is_scaled(sandbox: Sandbox) -> None:
    source = (FOLDER / "two-layer" / "no_mean.py").read_text("utf-8")
    report = graded("two-layer", source, sandbox)
    assert report.interface == "backward_propagation"
    assert [g.name for g in report.gradients] == ["dW2", "db2", "dW1", "db1"]
    assert report.max_score == 8
    assert report.score == pytest.approx(8 * 4 / 6)
    assert report.summary() == "3 of 4 gradients are right. Start at dW2."
    assert [(n.code, n.parameters) for n in report.notes] == [("not_in_interface", {"names": "dZ2, dZ1"})]


def test_a_wrong_entry_is_shown_beside_its_exact_and_numerical_value(sandbox: Sandbox) -> None:
    source = (FOLDER / "two-layer" / "no_mean.py").read_text("utf-8")
    wrong = next(g for g in graded("two-layer", source, sandbox).gradients if g.name == "dW2")
    assert wrong.wrong_entries == wrong.entries == 4
    for entry in wrong.worst:
        assert entry.candidate == pytest.approx(3 * entry.exact)  # m = 3 in the worked example
        assert entry.numerical == pytest.approx(entry.exact, rel=1e-8)
    assert wrong.numerical_relative_error is not None
    assert wrong.numerical_relative_error < 1e-8
    assert wrong.relative_error == pytest.approx(0.9, abs=0.05)  # the worst over all trials, m up to 11


def test_an_update_step_is_judged_with_the_students_own_gradient(sandbox: Sandbox) -> None:
    source = (FOLDER / "middle-layer" / "activation_for_its_derivative.py").read_text("utf-8")
    verdicts = {g.name: g.verdict for g in graded("middle-layer", source, sandbox).gradients}
    assert verdicts["dW"] == "mismatch"
    assert verdicts["W_new"] == "match"


def test_an_exception_shows_the_students_line_and_their_traceback_only(sandbox: Sandbox) -> None:
    source = (FOLDER / "two-layer" / "aligned.py").read_text("utf-8")
    report = graded("two-layer", source, sandbox)
    line = source.splitlines().index(next(s for s in source.splitlines() if "np.dot(W2, dZ2)" in s)) + 1
    assert report.run.line == line
    words = report.to_dict("en")["run"]
    assert "ValueError" in words["message"]
    assert f"line {line}" in words["message"]
    assert "np.dot(W2, dZ2)" in words["parameters"]["traceback"] or f"line {line}" in words["parameters"]["traceback"]
    assert "sandbox" not in words["parameters"]["traceback"]


def test_a_skipped_input_is_told(sandbox: Sandbox) -> None:
    source = (FOLDER / "add-multiply" / "as_the_text_has_it.py").read_text("utf-8")
    report = graded("add-multiply", source, sandbox)
    assert "input_assignment_skipped" in {n.code for n in report.notes}


def test_a_notebook_is_graded_as_its_code_cells(sandbox: Sandbox) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# dW2 = 0"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "import numpy as np"]},
        {"cell_type": "code", "source": (FOLDER / "two-layer" / "function.py").read_text("utf-8")},
        {"cell_type": "code", "source": "!pip install something\nbackward_propagation({}, {}, None, None)"},
    ]
    notebook = json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    assert graded("two-layer", notebook, sandbox).verdict == "match"


@pytest.mark.parametrize(
    "source",
    [
        "{not json",
        "[" * 5_000,
        '{"cells": ' + "[" * 5_000,
        '{"cells": 3}',
        '{"cells": [{"cell_type": "code", "source": 3}]}',
    ],
    ids=lambda s: s[:14],
)
def test_a_notebook_that_is_none_says_so(source: str, sandbox: Sandbox) -> None:
    chosen = catalogue()["multiply"]
    report = grade(chosen, Code(source, notebook=True), trial_set(chosen, b"test", 0), sandbox)
    assert report.verdict == "not_run"
    assert report.run.status == "not_runnable"
    assert report.to_dict("ja")["run"]["message"]


def test_what_is_printed_is_shown_for_the_worked_example_only(sandbox: Sandbox) -> None:
    report = graded("multiply", "print('x is', x)\ndx = y\ndy = x\n", sandbox)
    assert report.run.stdout == "x is 4.0\n"


def test_a_failure_of_ours_is_ungraded_and_never_a_mistake(sandbox: Sandbox) -> None:
    class Broken:
        unsafe, limits = False, Limits()

        def run(self, job: object, limits: object) -> object:
            from grader.sandbox import Failed

            return Failed("sandbox_error", "sandbox_error", {}, None, "", 0.0)

    chosen = catalogue()["multiply"]
    report = grade(chosen, Code("dx = y"), trial_set(chosen, b"test", 0), Broken())  # type: ignore[arg-type]
    assert report.verdict == "ungraded"
    assert {g.verdict for g in report.gradients} == {"undecided"}


TIED = """\
name: tied
inputs: {x: {}, y: {}, k: {}}
forward: |
  f = 2 * max(x, y) + k * k
ties: true
gradients: [dx, dy, dk]
"""


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("dx = 2.0 * (x >= y)\ndy = 2.0 - dx\ndk = 2 * k", {}),
        ("dx = 2.0 * (x >= y)\ndy = 2.0 - dx\ndk = k", {"dk"}),
        ("dx = 2.0 * (x >= y)\ndy = 2.0 - dx\ndk = 2 * k * (1 + 1e-6 * (x == y))", {"dk"}),
        ("dx = 2.0 * (x >= y)\ndy = 2.0 * (y >= x)\ndk = 2 * k", {"dx", "dy"}),
    ],
)
def test_on_a_kink_only_what_it_decides_is_judged_jointly(source: str, wrong: set[str], sandbox: Sandbox) -> None:
    exercise = read_exercise(TIED)
    report = grade(exercise, read_code(source), trial_set(exercise, b"test", 0), sandbox)
    assert {g.name for g in report.gradients if g.verdict != "match"} == set(wrong)
    assert str(trial_set(exercise, b"test", 0).trials[-1].values["x"])[:6] not in json.dumps(report.to_dict("en"))
