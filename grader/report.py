"""The report on one submission: frozen parts, one schema for command line, HTTP and database.

Findings, notes and what became of the run are stored as a code with parameters, and put into words when read:
`to_dict()` is what is stored, `to_dict("en")` what is shown. The machine's status and the human message are
different fields.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from types import NoneType
from typing import Any, Literal

import numpy as np

from grader.messages import in_words

SCHEMA = 1

Verdict = Literal["match", "mismatch", "not_run", "needs_review", "ungraded"]
GradientVerdict = Literal[
    "match", "mismatch", "follow_through", "wrong_shape", "missing", "not_array", "not_real", "not_finite", "undecided"
]
NOT_WRONG: tuple[GradientVerdict, ...] = ("match", "follow_through", "undecided")
RunStatus = Literal[
    "finished", "crashed", "timed_out", "out_of_memory", "bad_output", "forbidden", "not_runnable", "sandbox_error",
    "not_needed",
]  # fmt: skip


@dataclass(frozen=True)
class Note:
    """Something worth saying that changes no verdict."""

    code: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What is wrong, and where to look. `at` names the quantity; `certain` is False where it is one of several
    explanations that these points cannot tell apart."""

    code: str
    at: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    certain: bool = True


@dataclass(frozen=True)
class Shape:
    """`symbolic` in the exercise's letters, the others on the trial that is shown."""

    symbolic: str
    expected: tuple[int, ...]
    candidate: tuple[int, ...] | None


@dataclass(frozen=True)
class Entry:
    """One entry of a gradient with its three witnesses' values; the candidate may be anything, NaN included."""

    index: tuple[int, ...]
    candidate: float
    exact: float
    numerical: float | None


@dataclass(frozen=True)
class GradientReport:
    """The verdict on one asked quantity. Relative errors are the worst over all trials and entries, those of wrong
    entries |candidate - exact| / max(|candidate|, |exact|); `wrong_entries` of `entries`, `shape`, `worst` (the entries
    furthest off, first) and `errors` are of the worked example.

    `errors` are the relative errors over the matrix, 0 where an entry is right: at most 32 rows and columns, of larger
    ones the largest error in each block of ceil(n / 32) neighbours along an axis of n. A vector is one row; of further
    axes all but the first are taken together. None where nothing is wrong there, or there is one entry only."""

    name: str
    wrt: str | None
    verdict: GradientVerdict
    points: float
    max_points: float
    shape: Shape
    relative_error: float | None = None
    numerical_relative_error: float | None = None
    wrong_entries: int = 0
    entries: int = 0
    worst: tuple[Entry, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    follows_from: str | None = None
    understood: str | None = None
    counterexample: Mapping[str, Any] | None = None
    proof: str | None = None
    errors: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True)
class Run:
    """What became of the student's code. `code` and `parameters` word the message; None where there is nothing to
    say. `line` is the student's own, 1-based; `stdout` is of the worked example only."""

    status: RunStatus
    code: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None
    stdout: str = ""
    wall_seconds: float = 0.0


@dataclass(frozen=True)
class Report:
    """The whole verdict. `score` is in the points of the asked quantities; an undecided one is pending, not lost."""

    exercise: str
    exercise_digest: str
    verdict: Verdict
    kind: Literal["code", "symbolic"]
    interface: str | None
    score: float
    max_score: float
    gradients: tuple[GradientReport, ...]
    run: Run
    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()
    trials: int = 0
    schema: int = SCHEMA

    def to_dict(self, language: str | None = None) -> dict[str, Any]:
        """As plain data for JSON. With a language ("en", "ja") every finding, note and run has its `message`, and
        the whole its `summary`; without, only what is stored."""
        data: dict[str, Any] = plain(self)
        if language is not None:
            _word(data, language)
            data["summary"] = self.summary(language)
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """The report that `to_dict` wrote; messages are ignored. Raises ValueError for another schema."""
        if data.get("schema") != SCHEMA:
            raise ValueError(f"a report of schema {data.get('schema')!r}, not {SCHEMA}")
        known = {key: value for key, value in data.items() if key != "summary"}
        return cls(
            **{
                **known,
                "gradients": tuple(_gradient(item) for item in data["gradients"]),
                "findings": tuple(_without_message(Finding, item) for item in data["findings"]),
                "notes": tuple(_without_message(Note, item) for item in data["notes"]),
                "run": _without_message(Run, data["run"]),
            }
        )

    @classmethod
    def ungraded(
        cls, exercise: str, exercise_digest: str, kind: Literal["code", "symbolic"], max_score: float
    ) -> Report:
        """The report where we failed to grade: it says that the fault is ours."""
        run = Run("sandbox_error", "sandbox_error")
        return cls(exercise, exercise_digest, "ungraded", kind, None, 0.0, max_score, (), run)

    @property
    def wrong(self) -> tuple[str, ...]:
        """The gradients to mend, in backward order. One that is right for an earlier, wrong answer is none, and one
        that is undecided is none yet."""
        return tuple(g.name for g in self.gradients if g.verdict not in NOT_WRONG)

    @property
    def start_at(self) -> str | None:
        """The first wrong gradient in backward order: where to look first."""
        return next(iter(self.wrong), None)

    def summary(self, language: str = "en") -> str:
        """The answer in one or two sentences."""
        right = sum(g.verdict == "match" for g in self.gradients)
        following = sum(g.verdict == "follow_through" for g in self.gradients)
        parameters = {"right": right, "following": following, "total": len(self.gradients), "start": self.start_at}
        if self.verdict == "mismatch" and self.start_at is None:
            return in_words("summary_follow_through", parameters, language)
        if self.verdict == "mismatch" and following:
            return in_words("summary_mismatch_following", parameters, language)
        if self.verdict == "match" and len(self.gradients) == 1:
            return in_words("summary_match_of_one", parameters, language)
        return in_words(f"summary_{self.verdict}", parameters, language)


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: arrays and tuples as lists, parts of a report as objects, numbers that are not
    finite as the strings `"nan"`, `"inf"` and `"-inf"`."""
    if isinstance(value, (str, int, NoneType)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else repr(float(value))
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if is_dataclass(value):
        return {key: plain(item) for key, item in vars(value).items()}
    return value


def _word(data: dict[str, Any], language: str) -> None:
    said = [*data["findings"], *data["notes"]]
    for gradient in data["gradients"]:
        said += [*gradient["findings"], *gradient["notes"]]
    for item in said:
        item["message"] = in_words(item["code"], {"at": item.get("at"), **item["parameters"]}, language)
        if item.get("certain") is False:
            item["message"] = in_words("possibly", {"message": item["message"]}, language)
    run = data["run"]
    run["message"] = (
        in_words(run["code"], {"line": run["line"], **run["parameters"]}, language) if run["code"] else None
    )


def _number(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def _without_message(part: type, data: Mapping[str, Any]) -> Any:
    return part(**{key: value for key, value in data.items() if key != "message"})


def _gradient(data: Mapping[str, Any]) -> GradientReport:
    shape = data["shape"]
    size = shape["candidate"]
    return GradientReport(
        **{
            **data,
            "shape": Shape(shape["symbolic"], tuple(shape["expected"]), None if size is None else tuple(size)),
            "relative_error": _number(data["relative_error"]),
            "numerical_relative_error": _number(data["numerical_relative_error"]),
            "worst": tuple(
                Entry(tuple(e["index"]), float(e["candidate"]), float(e["exact"]), _number(e["numerical"]))
                for e in data["worst"]
            ),
            "findings": tuple(_without_message(Finding, item) for item in data["findings"]),
            "notes": tuple(_without_message(Note, item) for item in data["notes"]),
            "errors": _errors(data.get("errors")),
        }
    )


def _errors(rows: Sequence[Sequence[float | str]] | None) -> tuple[tuple[float, ...], ...] | None:
    return None if rows is None else tuple(tuple(map(float, row)) for row in rows)
