"""The life of one item of a regrade: queued, grading, then graded again, or not.

It goes as a submission's does, see `grading`, except for its end: the new report is stored beside the old one, which
stays in force where we failed to make a new one. The submission's attempt, dates and hidden trials stay as they are.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from grader import Report
from service import claims, outcomes
from service.claims import MAX_TRIES
from service.database import Database, clock
from service.grading import GRACE, store
from service.models import GRADED, QUEUED, UNGRADED, Assignment, Regrade, RegradeItem, StoredReport, Submission

log = logging.getLogger(__name__)


def claim(database: Database, item_id: int, worker: str, lease: timedelta) -> RegradeItem | None:
    """The item with its submission, now `worker`'s until the lease runs out; None if it is not waiting (any more)."""
    with database.writing() as session:
        told = {"number": item_id, "holder": worker, "lease": lease.total_seconds()}
        claimed = session.scalars(_CLAIM, told).one_or_none()
        if claimed is not None:
            its = session.get_one(Submission, claimed.submission_id, options=_WITH_EXERCISE)
            set_committed_value(claimed, "submission", its)
        return claimed


def finish(database: Database, claimed: RegradeItem, report: Report) -> bool:
    """Stores the report as the submission's newest, unless the claim was lost meanwhile; whether the item waits again.

    A report of our own failure is never stored: it ends this try."""
    if report.verdict == "ungraded":
        return give_back(database, claimed)
    with database.writing() as session:
        old = _report_in_force(session, claimed)
        if claims.end(session, claimed, GRADED):
            # before its outcome, as whoever weighs it anew has them: both are worth the same then
            session.execute(update(Submission).where(Submission.id == claimed.submission_id).values(status=GRADED))
            outcomes.forget(session, [claimed.submission_id])
            new = store(session, claimed.submission, report, claimed.regrade_id)
            _remember(session, claimed, old_report_id=old, new_report_id=new)
    return False


def give_back(database: Database, claimed: RegradeItem) -> bool:
    """Ends a try without a report; whether the item waits again, or its last try is over and the old report stays."""
    with database.writing() as session:
        return _end_try(session, claimed)


def release(database: Database, worker: str) -> list[int]:
    """Ends the claims of a worker that is gone; the items that wait again."""
    with database.writing() as session:
        return [lost.id for lost in claims.held_by(session, RegradeItem, worker) if _end_try(session, lost)]


def sweep(database: Database, in_broker: int, grace: timedelta = GRACE) -> list[int]:
    """Looks after what the queue lost, as `grading.sweep` does; the items to deliver (again)."""
    waiting = select(RegradeItem.id).join(Regrade).where(RegradeItem.status == QUEUED).order_by(RegradeItem.id)
    with database.writing() as session:
        again = [lost.id for lost in claims.overdue(session, RegradeItem) if _end_try(session, lost)]
        numbers = session.scalars(waiting.where(Regrade.created_at < clock(-grace))).all()
        again += [number for number in numbers[: max(0, len(numbers) - in_broker)] if number not in again]
    if again:
        log.warning("delivering again: items of regrades %s", again)
    return again


def _end_try(session: Session, claimed: RegradeItem) -> bool:
    if claimed.tries < MAX_TRIES:
        return claims.wait_again(session, claimed)
    if claims.end(session, claimed, UNGRADED):
        _remember(session, claimed, old_report_id=_report_in_force(session, claimed))
        log.error("submission %s could not be graded again in %s tries", claimed.submission_id, claimed.tries)
    return False


def _remember(session: Session, claimed: RegradeItem, **reports: int | None) -> None:
    session.execute(update(RegradeItem).where(RegradeItem.id == claimed.id).values(reports))


def _report_in_force(session: Session, claimed: RegradeItem) -> int | None:
    newest = select(func.max(StoredReport.id)).where(StoredReport.submission_id == claimed.submission_id)
    return session.execute(newest).scalar_one()


_CLAIM = select(RegradeItem).from_statement(claims.claiming(RegradeItem).returning(RegradeItem))
_ASSIGNMENT = joinedload(Submission.assignment)
_WITH_EXERCISE = (_ASSIGNMENT.joinedload(Assignment.course), _ASSIGNMENT.joinedload(Assignment.own_exercise))
