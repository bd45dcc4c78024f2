"""What the database and the broker know of the service's state, as Prometheus's gauges.

How long grading takes is told of submissions done in the last five minutes, from the times that each one keeps: at most
the newest SEEN of them are looked at.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from celery import Celery
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service import grading
from service.database import Database
from service.lti import scores
from service.models import DONE, GRADED, GRADING, QUEUED, UNGRADED, RegradeItem, Submission, now
from service.tasks import QUEUE, QUEUE_OF_REGRADES, waiting_in_broker

SEEN = 1000
LATELY = timedelta(minutes=5)
QUANTILES = (0.5, 0.95, 0.99)
STATES = (QUEUED, GRADING, GRADED, UNGRADED)
PREFIX = "gradient_grader_"

log = logging.getLogger(__name__)


class Figures(Collector):
    """Reads everything anew each time, but for the scores to be told, see `scores.SHARE`. A part that does not answer
    is told as not up, and what it knows left out."""

    def __init__(self, database: Database, celery: Celery) -> None:
        self._database, self._celery = database, celery
        self._untold: dict[str, int] = {}
        self._look_at = 0.0

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        up = {"database": 1, "broker": 1}
        try:
            with self._database.reading() as session:
                yield from list(_of_database(session))
                untold = {scores.WAITING: 0, scores.FAILING: 0} | self._scores_untold(session)
            yield _gauge("passback_scores", "Scores that learning platforms were not told yet.", "state", untold)
        except SQLAlchemyError as error:
            log.error("the database does not answer: %s", error)
            up["database"] = 0
        try:
            depth = {queue: waiting_in_broker(self._celery, queue) for queue in (QUEUE, QUEUE_OF_REGRADES)}
            yield _gauge("queue_messages", "Messages in the broker.", "queue", depth)
        except Exception as error:  # the drivers of the brokers have no error in common
            log.error("the broker does not answer: %s", error)
            up["broker"] = 0
        yield _gauge("up", "Whether the part answers.", "part", up)

    def _scores_untold(self, session: Session) -> dict[str, int]:
        """How many there are, by their state."""
        if time.monotonic() >= self._look_at:
            began = time.thread_time()
            self._untold = Counter(state.status for state in scores.states(session) if state.differs)
            self._look_at = time.monotonic() + (time.thread_time() - began) / scores.SHARE
        return self._untold


def _of_database(session: Session) -> Iterable[GaugeMetricFamily]:
    counted = session.execute(select(Submission.status, func.count()).group_by(Submission.status))
    states = dict.fromkeys(STATES, 0) | {status: count for status, count in counted}
    yield _gauge("submissions", "Submissions that are kept, by their state.", "state", states)
    oldest = session.scalar(select(func.min(Submission.created_at)).where(Submission.status == QUEUED))
    waits = (now() - oldest).total_seconds() if oldest else 0.0
    yield _gauge("oldest_waiting_seconds", "How long the oldest waiting submission waits.", "", {"": max(0.0, waits)})
    yield from _lately(session)
    again = select(func.count()).where(RegradeItem.status.not_in(DONE))
    yield _gauge("regrades_waiting", "Submissions to be graded again.", "", {"": session.execute(again).scalar_one()})
    yield _gauge("workers", "Workers alive.", "", {"": len(grading.alive(session))})


def _lately(session: Session) -> Iterable[GaugeMetricFamily]:
    """Of the submissions that were done in the last five minutes."""
    columns = (Submission.status, Submission.tries, Submission.created_at, Submission.picked_at, Submission.done_at)
    newest = session.execute(select(*columns).order_by(Submission.id.desc()).limit(SEEN)).all()
    done = [row for row in newest if row.done_at is not None and row.done_at > now() - LATELY]
    graded = [(row.done_at - row.picked_at).total_seconds() for row in done if row.picked_at is not None]
    waited = [max(0.0, (row.done_at - row.created_at).total_seconds()) for row in done]  # of two clocks
    failed = sum(row.tries - (row.status == GRADED) for row in done)
    yield _gauge("recently_done", "Submissions done in the last five minutes.", "", {"": len(done)})
    yield _gauge("recently_failed_tries", "Of theirs, tries that failed by our fault.", "", {"": failed})
    yield _gauge("grading_seconds", "From a worker's taking them to their reports.", "quantile", _quantiles(graded))
    yield _gauge("report_seconds", "From handing in to their reports.", "quantile", _quantiles(waited))


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    """By nearest rank; nothing of no values."""
    ordered = sorted(values)
    return {f"{q:g}": ordered[min(len(ordered) - 1, int(q * len(ordered)))] for q in QUANTILES} if ordered else {}


def _gauge(name: str, said: str, label: str, values: dict[str, float] | dict[str, int]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(PREFIX + name, said, labels=[label] if label else [])
    for value_of, value in values.items():
        gauge.add_metric([value_of] if label else [], value)
    return gauge
