"""The queue: Celery delivers the number of a submission to a worker; the database holds everything else. What somebody
hands in while an earlier one of theirs waits comes after everybody's first: whoever hands in twenty that never end
delays nobody by more than one. What is to be graded again waits in a queue of its own, which is looked into when
nothing else waits.

Messages are JSON, taken one at a time per worker; results are not kept. The broker forgets what is taken: what is lost
with a worker is found by its claim, or by the sweep. What a task does is in `worker`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from celery import Celery
from kombu import Connection, Exchange, Queue
from kombu.exceptions import KombuError

from service import grading, regrading
from service.configuration import FOLDER_BROKER, Configuration
from service.database import Database, batches

GRADE = "grade_submission"
GRADE_AGAIN = "grade_again"
SWEEP = "sweep"
QUEUE, QUEUE_OF_REGRADES = "grading", "regrading"
RETRY_SECONDS = 2.0
HANGS_SECONDS, PAUSE_SECONDS = 1.0, 5.0  # who takes longer to fail hangs, and is then not asked for so long
SWEEPS_EXPIRE = 600.0  # where nobody grades they do not pile up for ever; clocks may differ by less, unnoticed
SWEEPING, FIRST, FURTHER, REGRADING = 0, 3, 4, 6  # priorities: the lower, the sooner

log = logging.getLogger(__name__)


class _Celery(Celery):
    hung_until = 0.0  # by time.monotonic()


class _Connection(Connection):
    """A broker that is away is asked every RETRY_SECONDS: kombu's own waits grow to half a minute, for which nothing
    would be graded although it is back."""

    def ensure_connection(self, *arguments: Any, **options: Any) -> Connection:
        waits = {"interval_start": RETRY_SECONDS, "interval_step": 0, "interval_max": RETRY_SECONDS}
        return super().ensure_connection(*arguments, **{**waits, **options})


def make_celery(configuration: Configuration) -> Celery:
    """Celery as all our processes have it; the tasks themselves are known to the worker only."""
    celery = _Celery("gradient-grader")
    options: dict[str, Any] = {"priority_steps": [SWEEPING, FIRST, FURTHER, REGRADING]}
    options |= {"queue_order_strategy": "priority"}
    if configuration.broker_url == FOLDER_BROKER:
        options |= {"folder": str(configuration.queue_dir)}
        address = {"broker_url": "folder://localhost", "broker_transport": "service.broker:Transport"}
    else:
        options |= {"socket_connect_timeout": 2, "socket_timeout": 5}
        options |= {"ack_emulation": False}  # it were a second account of who holds what, beside the claims
        options |= {"max_retries": 1, "interval_start": 0}  # nobody who hands in waits for a broker that is away
        address = {"broker_url": configuration.broker_url}
    celery.amqp.Connection = _Connection
    celery.conf.update(
        **address,
        broker_transport_options=options,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_queues=[Queue(name, Exchange(""), routing_key=name) for name in (QUEUE, QUEUE_OF_REGRADES)],
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        accept_content=["json"],
        task_serializer="json",
        beat_schedule={
            SWEEP: {
                "task": SWEEP,
                "schedule": configuration.sweep_seconds,
                "options": {"priority": SWEEPING, "expires": SWEEPS_EXPIRE},
            }
        },
    )
    return celery


def queue() -> Celery:
    """The current application's."""
    from flask import current_app  # here: a worker has a queue too, and no application

    found: Celery = current_app.extensions["gradient_grader_celery"]
    return found


def deliver(celery: Celery, submission_id: int, first: bool) -> None:
    """Enqueues a committed submission, the `first` of its account that waits or a further one; if the broker does not
    answer, the sweep does so later. Where it hangs, not everybody waits for it who hands in."""
    began = time.monotonic()
    if began < celery.hung_until:
        log.warning("submission %s waits for the sweep: the broker hung a moment ago", submission_id)
        return
    try:
        celery.send_task(GRADE, args=[submission_id], queue=QUEUE, priority=FIRST if first else FURTHER, retry=False)
    except (KombuError, OSError) as error:
        log.warning("submission %s waits for the sweep: the broker does not answer (%s)", submission_id, error)
        if time.monotonic() - began > HANGS_SECONDS:
            celery.hung_until = time.monotonic() + PAUSE_SECONDS


def deliver_lost(database: Database, celery: Celery, submissions: Sequence[int]) -> None:
    """Enqueues submissions anew, whose messages were lost or taken in vain: as if they were handed in now."""
    for batch in batches(submissions):
        with database.looking_up() as session:
            first = grading.first_of_account(session, batch)
        for submission_id in batch:
            deliver(celery, submission_id, submission_id in first)


def deliver_again(celery: Celery, items: Iterable[int]) -> None:
    """Enqueues committed items of a regrade; if the broker does not answer, the sweep does so later."""
    try:
        for item_id in items:
            celery.send_task(GRADE_AGAIN, args=[item_id], queue=QUEUE_OF_REGRADES, priority=REGRADING, retry=False)
    except (KombuError, OSError) as error:
        log.warning("a regrade waits for the sweep: the broker does not answer (%s)", error)


def waiting_in_broker(celery: Celery, queue: str = QUEUE) -> int:
    """How many messages the broker holds; raises what its driver raises."""
    with celery.connection_for_write() as connection:
        return int(celery.amqp.queues[queue].bind(connection.default_channel).queue_declare().message_count)


def sweep(database: Database, celery: Celery, grace: timedelta = grading.GRACE) -> None:
    """Delivers again what the queue lost, see `grading.sweep` and `regrading.sweep`."""
    deliver_lost(database, celery, grading.sweep(database, waiting_in_broker(celery), grace))
    deliver_again(celery, regrading.sweep(database, waiting_in_broker(celery, QUEUE_OF_REGRADES), grace))
