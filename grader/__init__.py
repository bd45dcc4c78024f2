"""Gradient Grader's library: exercises as forward programs, submissions judged against their exact gradients.

Knows no web, no queue and no database; `service` knows it through this module only.
"""

from typing import TYPE_CHECKING, Any

from grader.assigned import lines_at_fault
from grader.curve import Curve, curve
from grader.diagram import Diagram, Element, diagram
from grader.exercise import SYMBOLS, Exercise, ExerciseError, Gradient, PolicyError, Procedure
from grader.grade import grade
from grader.handout import markdown, notebook, skeleton
from grader.interface import Interface
from grader.lines import NotReadable, Unreadable, check_readable, preview
from grader.messages import LANGUAGES, NAMES, in_words, name_of
from grader.proof import Prover
from grader.reading import catalogue, draw_variant, read_exercise
from grader.report import NOT_WRONG, GradientReport, Report, Run
from grader.sandbox import STATED_LIMITS, Limits, Sandbox, SandboxUnavailable
from grader.submission import Code, Submission, SubmissionError, Symbols, answers_in, read_code, read_symbols
from grader.trials import TRIAL_SETS, WORKED_ONLY, TrialError, TrialSet, trial_set, worked_example
from grader.typeset import typeset_again
from grader.validate import Examination, dimension_table, examine, template

if TYPE_CHECKING:
    from grader.terminal import print_report

__all__ = [
    "LANGUAGES", "NAMES", "NOT_WRONG", "STATED_LIMITS", "SYMBOLS", "TRIAL_SETS", "WORKED_ONLY", "Code", "Curve",
    "Diagram", "Element", "Examination", "Exercise", "ExerciseError", "Gradient", "GradientReport", "Interface",
    "Limits", "NotReadable", "PolicyError", "Procedure", "Prover", "Report", "Run", "Sandbox", "SandboxUnavailable",
    "Submission", "SubmissionError", "Symbols", "TrialError", "TrialSet", "Unreadable", "answers_in", "catalogue",
    "check_readable", "curve", "diagram", "dimension_table", "draw_variant", "examine", "grade", "in_words",
    "lines_at_fault", "markdown", "name_of", "notebook", "preview", "print_report", "read_code", "read_exercise",
    "read_symbols", "skeleton", "template", "trial_set", "typeset_again", "worked_example",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """What draws in a terminal is loaded where there is one: a worker has none, and 5 MB less to hold."""
    if name != "print_report":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from grader.terminal import print_report

    return print_report
