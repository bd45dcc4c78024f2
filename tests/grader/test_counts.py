"""What a grading costs, in counts that do not depend on the machine's mood.

No SymPy is called in a grading once the exercise is known, and one child is forked: nothing of it stands in the tables.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from grader import Sandbox, catalogue, grade, read_code, read_symbols, trial_set, worked_example
from grader.finite import central_differences
from grader.mistakes import predict
from grader.program import Program
from grader.sandbox.processes import Locked

SUBMISSIONS = Path(__file__).parents[1] / "submissions"

COUNTED: dict[str, tuple[Callable[..., object], ...]] = {
    "forward": (Program.forward, Program.forward_from),
    "gradients": (Program.backward, Program.gradients),
    "sweeps": (Program.sweep,),
    "rules": (Program.vjp,),
    "checks": (central_differences,),
    "mistakes": (predict,),
    "children": (Locked.bound,),
}
"""Evaluations of the forward program, exact gradients, sweeps by any rules, whole or from where one changed, gates'
local rules in them, numerical checks, mistakes tried, children forked."""

# In a worker that has graded such a submission before.
OF_A_GRADING: dict[str, dict[str, int]] = {
    "two-layer/function.py": {"children": 1},
    "two-layer/derivative_at_the_wrong_variable.py": {"children": 1, "mistakes": 15, "rules": 18, "sweeps": 6},
    "two-layer/two_mistakes_mean_and_wrong_variable.py": {"children": 1, "mistakes": 80, "rules": 460, "sweeps": 80},
    "two-layer/float32_throughout.py": {"children": 1, "forward": 24, "rules": 336, "sweeps": 40},
    "middle-layer/wrong_axis.py": {"children": 1, "forward": 6, "mistakes": 8, "sweeps": 6},
}
OF_SYMBOLS = {"sweeps": 6}
# The worked example and five hidden trials, with all witnesses: once for each set of points.
OF_POINTS: dict[str, dict[str, int]] = {
    "two-layer": {"checks": 12, "forward": 12, "gradients": 12, "sweeps": 12},
    "middle-layer": {"checks": 6, "forward": 13, "gradients": 6, "sweeps": 6},
}
TELLS = (
    "{what} costs {found}, and {expected} is expected. Less is a gain: write it into the table. More is time that "
    "every student waits: find where it comes from; if it buys something worth that, change the table in the same "
    "commit, and say there what it buys."
)


@pytest.mark.parametrize("submission", OF_A_GRADING)
def test_a_grading_costs_what_it_did(submission: str, sandbox: Sandbox) -> None:
    exercise = catalogue()[submission.partition("/")[0]]
    source = (SUBMISSIONS / submission).read_text("utf-8")
    points = trial_set(exercise, b"counts", 0)
    grade(exercise, read_code(source), points, sandbox)
    another = read_code(f"{source}\n# {source.count(' ')} blanks\n")
    expect(submission, counts(lambda: grade(exercise, another, points, sandbox)), OF_A_GRADING[submission])


def test_a_derivative_in_symbols_costs_what_it_did(sandbox: Sandbox) -> None:
    exercise = catalogue()["add-multiply"]
    points = trial_set(exercise, b"counts", 0)
    grade(exercise, read_symbols({"dx": "z", "dz": "x*y - y"}), points, sandbox)
    another = read_symbols({"dx": "z + y - y", "dz": "x*y - y - x"})
    expect("a derivative in symbols", counts(lambda: grade(exercise, another, points, sandbox)), OF_SYMBOLS)


@pytest.mark.parametrize("name", OF_POINTS)
def test_a_set_of_points_costs_what_it_did(name: str) -> None:
    exercise = catalogue()[name]
    trial_set(exercise, b"counts", 0)  # derives the local rules
    draw = trial_set.__wrapped__  # what was drawn before is kept

    def drawn() -> None:
        worked_example.__wrapped__(exercise)
        draw(exercise, b"counts", 0)

    expect(f"a set of points of {name}", counts(drawn), OF_POINTS[name])


def expect(what: str, found: dict[str, int], expected: dict[str, int]) -> None:
    assert found == expected, TELLS.format(what=what, found=found, expected=expected)


def counts(work: Callable[[], object]) -> dict[str, int]:
    """How often `work` calls what is counted, and anything of SymPy, in this thread; what it does not call is left
    out."""
    known: dict[CodeType, str] = {f.__code__: name for name, functions in COUNTED.items() for f in functions}
    found: Counter[str] = Counter()

    def called(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            if name := known.get(frame.f_code):
                found[name] += 1
            elif str(frame.f_globals.get("__name__")).partition(".")[0] == "sympy":
                found["SymPy"] += 1

    gc.disable()  # what a collection calls has its own moments
    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return dict(sorted(found.items()))
