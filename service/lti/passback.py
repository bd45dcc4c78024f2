"""The process that tells platforms the scores. It is not the worker: that one has no way out to other machines.

It looks for differences every few seconds (`scores`), holds each while it sends it, and writes down what became of it.
A platform that does not answer is left alone for ever longer; what it declines is tried again as well, and shown to
instructors meanwhile.
"""

from __future__ import annotations

import logging
import random
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.configuration import Configuration
from service.database import Database
from service.lti import scores
from service.lti.description import LINEITEM, SCORE
from service.lti.scores import State
from service.lti.selection import resource_id
from service.lti.services import Away, Declined, Services
from service.models import LtiLink, LtiPlatform, LtiScore, now
from service.outside import Unreachable

if TYPE_CHECKING:
    from service.lti.keys import Signer

HELD = timedelta(minutes=2)
LONGEST_PAUSE = 3600.0  # seconds
LONGEST_ERROR = 500  # characters

log = logging.getLogger(__name__)


class Passback:
    """Sends what differs; `pause` is the first wait after a failure, in seconds, doubled at each further one. After a
    look for what differs there is a `rest` before the next, in seconds."""

    rest = 0.0

    def __init__(self, database: Database, configuration: Configuration) -> None:
        self._database = database
        self._secret_key = configuration.secret_key
        self._allow_private = configuration.lti_allow_private
        self._pause = configuration.passback_seconds
        self._services: dict[int, Services] = {}

    def sweep(self) -> int:
        """Sends all that is due; how many scores arrived."""
        began = time.thread_time()
        with self._database.reading() as session:
            waiting = scores.due(session, now())
        self.rest = (time.thread_time() - began) / scores.SHARE
        waiting.sort(key=lambda state: state.link.context.platform_id)
        sent = 0
        for _, group in groupby(waiting, key=lambda state: state.link.context.platform_id):
            sent += self._send_all(list(group))
        return sent

    def _send_all(self, states: Sequence[State]) -> int:
        """Those of one platform; once it does not answer, the rest wait as well."""
        services, sent = self._services_of(states[0].link.context.platform), 0
        lineitems: dict[int, str] = {}
        for number, state in enumerate(states):
            if not self._hold(state):
                continue
            try:
                lineitem = lineitems.get(state.link.id) or self._lineitem(services, state.link)
                lineitems[state.link.id] = lineitem
                services.send_score(lineitem, _score(state))
            except Declined as error:
                if error.status == 404:
                    self._forget_lineitem(lineitems.pop(state.link.id, None), state.link)
                self._fail([state], str(error))
            except Unreachable as error:
                log.warning("%s: %s", state.link.context.platform.name, error)
                self._fail(states[number:], str(error), error.seconds if isinstance(error, Away) else 0)
                return sent
            except Exception as error:  # the platform said what nobody expects: the next score is another's
                log.exception("%s: a score cannot be sent", state.link.context.platform.name)
                self._fail([state], f"{type(error).__name__}: {error}")
            else:
                self._done(state)
                sent += 1
        return sent

    @cached_property
    def _signer(self) -> Signer:
        from service.lti.keys import Signer  # here, as in `routes`: serving passes back too

        return Signer(self._database, self._secret_key)

    def _services_of(self, platform: LtiPlatform) -> Services:
        known = self._services.get(platform.id)
        if known is None or not known.serves(platform):
            known = self._services[platform.id] = Services(platform, self._signer, self._allow_private)
        return known

    def _lineitem(self, services: Services, link: LtiLink) -> str:
        """The column that belongs to the link: the platform said it, or it is found, or made."""
        context, assignment = link.context, link.assignment
        assert assignment is not None
        if SCORE not in context.scopes:
            raise Declined("The platform does not take scores for this course: allow it there to grade.")
        if link.lineitem is not None:
            return link.lineitem
        if context.lineitems is None or LINEITEM not in context.scopes:
            raise Declined("The platform has no column for this link, and does not let us make one.")
        own = resource_id(assignment)
        item = {
            "scoreMaximum": assignment.points,
            "label": assignment.title,
            "resourceId": own,
            "resourceLinkId": link.key,
        }
        found = services.find_lineitem(context.lineitems, link.key, own)
        address = found or services.make_lineitem(context.lineitems, item)
        with self._database.writing() as session:
            session.get_one(LtiLink, link.id).lineitem = address
        return address

    def _forget_lineitem(self, lineitem: str | None, link: LtiLink) -> None:
        """The column may be gone; where another can be found or made, it is."""
        if lineitem is not None and link.context.lineitems is not None and LINEITEM in link.context.scopes:
            with self._database.writing() as session:
                session.get_one(LtiLink, link.id).lineitem = None

    def _hold(self, state: State) -> bool:
        """Takes the score for this process, for as long as sending may take; not if another one has it, or has sent it
        since it was read."""
        known = state.told.sent_at if state.told is not None else None
        try:
            with self._database.writing() as session:
                told = _row(session, state)
                if told.next_at > now() or told.sent_at != known:
                    return False
                told.next_at = now() + HELD
        except IntegrityError:  # another process made the row meanwhile
            return False
        return True

    def _done(self, state: State) -> None:
        assert state.wanted is not None
        with self._database.writing() as session:
            told = _row(session, state)
            told.score, told.maximum, told.final = state.wanted.score, state.wanted.maximum, state.wanted.final
            told.sent_at = told.next_at = now()
            told.tries, told.error = 0, None

    def _fail(self, states: Sequence[State], error: str, seconds: int = 0) -> None:
        with self._database.writing() as session:
            for state in states:
                told = _row(session, state)
                told.tries += 1
                told.error = error[:LONGEST_ERROR]
                told.next_at = now() + timedelta(seconds=max(seconds, self._wait(told.tries)))

    def _wait(self, tries: int) -> float:
        """Twice as long each time, and not for everybody alike."""
        return min(self._pause * 2.0 ** min(tries - 1, 20), LONGEST_PAUSE) * random.uniform(0.5, 1.0)


def keep_passing_back(database: Database, configuration: Configuration, stopped: threading.Event) -> None:
    """Sweeps every few seconds until `stopped`."""
    passback = Passback(database, configuration)
    while not stopped.is_set():
        try:
            passback.sweep()
        except Exception:
            if not stopped.is_set():
                log.exception("passing scores back failed; it comes again")
        stopped.wait(max(configuration.passback_seconds, passback.rest))


def pass_back(configuration: Configuration) -> None:
    """The process: until SIGINT or SIGTERM, which end it at once. What it was sending is sent again later."""
    stopped = threading.Event()

    def stop(*_: object) -> None:
        stopped.set()  # also where the next line is lost: what is interrupted may fail in a way of its own
        sys.exit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    database = Database(configuration.database_url, connections=2)
    log.info("telling learning platforms the scores, every %g s", configuration.passback_seconds)
    try:
        keep_passing_back(database, configuration, stopped)
    finally:
        database.close()


def _score(state: State) -> dict[str, Any]:
    """The score in points, as AGS has it; without `scoreGiven` it is taken back."""
    wanted = state.wanted
    assert wanted is not None
    body: dict[str, Any] = {"userId": state.subject, "timestamp": now().isoformat(timespec="milliseconds")}
    if wanted.score is None:
        return {**body, "activityProgress": "Initialized", "gradingProgress": "NotReady"}
    return {
        **body,
        "scoreGiven": wanted.score,
        "scoreMaximum": wanted.maximum,
        "activityProgress": "Completed" if wanted.final else "Submitted",
        "gradingProgress": "FullyGraded" if wanted.final else "PendingManual",
    }


def _row(session: Session, state: State) -> LtiScore:
    where = (LtiScore.link_id == state.link.id, LtiScore.account_id == state.student.id)
    told = session.scalar(select(LtiScore).where(*where).with_for_update())
    if told is None:
        told = LtiScore(link_id=state.link.id, account_id=state.student.id, next_at=now(), tries=0)
        session.add(told)
        session.flush()
    return told
