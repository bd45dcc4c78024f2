"""A report as Gradescope's `results.json`: what its autograders write, one test for each asked gradient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from grader import Report
from service.models import Assignment

VISIBILITY = "visible"


def results(report: Report, assignment: Assignment | None, language: str) -> dict[str, Any]:
    """The report, worded in this language, with its points as the assignment has them; for practice, as the exercise.

    Lateness is left to Gradescope, which has dates of its own."""
    told = report.to_dict(language)

    def points(score: float) -> float:
        return assignment.in_points(score, report.max_score) if assignment is not None else score

    return {
        "score": points(report.score),
        "execution_time": report.run.wall_seconds,
        "output": _lines([told["summary"], told["run"]["message"], *_messages(told), report.run.stdout]),
        "visibility": VISIBILITY,
        "tests": [
            {
                "score": points(gradient["points"]),
                "max_score": points(gradient["max_points"]),
                **_status(gradient["verdict"]),
                "name": gradient["name"],
                "number": str(number),
                "output": _lines([gradient["verdict"], *_messages(gradient)]),
                "visibility": VISIBILITY,
            }
            for number, gradient in enumerate(told["gradients"], start=1)
        ],
    }


def _status(verdict: str) -> dict[str, str]:
    """None where a gradient is neither right nor wrong: what is undecided, or follows from an earlier one."""
    if verdict in ("undecided", "follow_through"):
        return {}
    return {"status": "passed" if verdict == "match" else "failed"}


def _messages(told: Mapping[str, Any]) -> list[str]:
    return [item["message"] for item in (*told["findings"], *told["notes"])]


def _lines(parts: Iterable[str | None]) -> str:
    return "\n".join(part for part in parts if part)
