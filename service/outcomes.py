"""Keeps of each submission to an assignment what a class is asked about: its outcome, and the mistakes it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from grader import NAMES, NOT_WRONG
from service.models import Mistake, Outcome, Submission


def keep(session: Session, submission: Submission, report: Mapping[str, Any]) -> None:
    """Keeps what this stored report says, of a submission of which nothing is kept."""
    if submission.assignment_id is None:
        return  # practice
    own = {"submission_id": submission.id, "assignment_id": submission.assignment_id,
           "account_id": submission.account_id, "at": submission.created_at}  # fmt: skip
    outcome = {
        **own,
        "attempt": submission.attempt,
        "verdict": report["verdict"],
        "score": report["score"],
        "max_score": report["max_score"],
        "verdicts": verdicts(report),
    }
    session.execute(_KEEP_OUTCOME, outcome)
    found = [{**own, "gradient": gradient, "code": code} for gradient, code in mistakes(report)]
    if found:
        session.execute(_KEEP_MISTAKES, found)


def forget(session: Session, submissions: Sequence[int]) -> None:
    """Deletes what is kept of these submissions."""
    for table in (Outcome, Mistake):
        session.execute(delete(table).where(table.submission_id.in_(submissions)))


def forget_mistakes(session: Session, submissions: Sequence[int]) -> None:
    """Deletes what these submissions had wrong; their outcomes stay."""
    session.execute(delete(Mistake).where(Mistake.submission_id.in_(submissions)))


def verdicts(report: Mapping[str, Any]) -> dict[str, str]:
    """The verdict on each gradient of a stored report."""
    return {gradient["name"]: gradient["verdict"] for gradient in report.get("gradients", ())}


def wrong(verdicts: Mapping[str, str]) -> tuple[str, ...]:
    """The gradients to mend, in backward order, as `grader.Report.wrong` has them."""
    return tuple(name for name, verdict in verdicts.items() if verdict not in NOT_WRONG)


def mistakes(report: Mapping[str, Any]) -> list[tuple[str | None, str]]:
    """The mistakes that a stored report names, each once: with the gradient it was found in, or None."""
    return list(dict.fromkeys((gradient, code) for gradient, code in _named(report) if code in NAMES))


def _named(report: Mapping[str, Any]) -> Iterator[tuple[str | None, str]]:
    if report.get("verdict") == "ungraded":
        return  # our fault is nobody's mistake
    code = report.get("run", {}).get("code")
    if code:
        yield None, code
    for finding in report.get("findings", ()):
        yield None, finding["code"]
    for gradient in report.get("gradients", ()):
        for finding in gradient["findings"]:
            yield gradient["name"], finding["code"]


# Put together once: every report asks these. What a submission is worth may have changed since it was read.
_OUTCOME: Any = Outcome.__table__
_KEEP_OUTCOME = insert(_OUTCOME).values(
    {name: bindparam(name) for name in _OUTCOME.c.keys() if name != "worth"}
    | {"worth": select(Submission.worth).where(Submission.id == bindparam("submission_id")).scalar_subquery()}
)
_KEEP_MISTAKES = insert(Mistake.__table__)  # type: ignore[arg-type] # a Table
