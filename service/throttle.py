"""How often somebody may ask: so many requests and hand-ins a minute for each account, so many wrong passwords.

An account is counted, not an address: a whole class may share one. Counters are kept where the queue is, in Redis, or
in this process where the queue is a folder. Where Redis is away everything passes: it is a guard, not a lock.
"""

from __future__ import annotations

import logging
import math
import time

from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from service.authentication import asking
from service.configuration import FOLDER_BROKER, Configuration
from service.errors import MESSAGES, ApiError

HAND_INS = frozenset({"submissions.hand_in_for_assignment", "exercises.check", "pages.check", "pages.hand_in"})
UNCOUNTED = ("static", "health", "metrics")  # beginnings of endpoints that need nobody to be known
WRONG_PASSWORDS = RateLimitItemPerMinute(10, 15)  # for one account from one address
WRONG_PASSWORDS_FROM_ANYWHERE = RateLimitItemPerHour(100)  # for one account
SIGN_INS = RateLimitItemPerMinute(
    30
)  # to one account from one address: a right password costs us as much as a wrong one
WRONG_FROM_AN_ADDRESS = RateLimitItemPerHour(1_000)  # a class that mistypes stays far below
REGISTRATIONS = RateLimitItemPerHour(600)  # from one address: a large class, and no account for every submission
PAUSE = 5.0  # seconds without asking a storage that failed

log = logging.getLogger(__name__)


class TooMany(ApiError):
    """Too often; it may be tried again in `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(429, "too_many_requests", MESSAGES[429], retry_after=retry_after)
        self.retry_after = retry_after


class Throttle:
    """Counters of a deployment."""

    def __init__(self, configuration: Configuration) -> None:
        folder = configuration.broker_url == FOLDER_BROKER
        address = "memory://" if folder else configuration.broker_url.replace("redis+socket", "redis+unix", 1)
        options = {} if folder else {"socket_timeout": 1.0}
        self._limiter = FixedWindowRateLimiter(storage_from_string(address, wrap_exceptions=True, **options))
        self._away_until = 0.0

    def count(self, rate: RateLimitItem, *who: str) -> None:
        """Counts one more. Raises TooMany where it is one too many."""
        self._ask("hit", rate, *who)

    def check(self, rate: RateLimitItem, *who: str) -> None:
        """Raises TooMany where one more would be too many."""
        self._ask("test", rate, *who)

    def forget(self, rate: RateLimitItem, *who: str) -> None:
        """Begins to count anew."""
        self._ask("clear", rate, *who)

    def _ask(self, what: str, rate: RateLimitItem, *who: str) -> None:
        if time.monotonic() < self._away_until:
            return
        who = tuple(part.encode(errors="replace").decode() for part in who)  # half a character can be no key
        try:
            if getattr(self._limiter, what)(rate, *who) is not False:
                return
            ends = self._limiter.get_window_stats(rate, *who).reset_time
        except StorageError as error:
            log.warning("requests pass uncounted, the counters are away: %s", error.storage_error)
            self._away_until = time.monotonic() + PAUSE
            return
        raise TooMany(max(1, math.ceil(ends - time.time())))


def register(app: Flask) -> None:
    """Counts the requests to `app` of everybody who is signed in."""
    configuration: Configuration = app.extensions["gradient_grader"]
    requests = RateLimitItemPerMinute(configuration.requests_per_minute)
    hand_ins = RateLimitItemPerMinute(configuration.hand_ins_per_minute)
    app.extensions["gradient_grader_throttle"] = made = Throttle(configuration)

    @app.before_request
    def count() -> None:
        person = None if (request.endpoint or "").startswith(UNCOUNTED) else asking()
        if person is None:
            return
        handing_in = request.method == "POST" and request.endpoint in HAND_INS
        made.count(hand_ins if handing_in else requests, "hand-ins" if handing_in else "requests", str(person.id))


def throttle() -> Throttle:
    """The counters of the current application."""
    found: Throttle = current_app.extensions["gradient_grader_throttle"]
    return found


class Guesses:
    """Wrong passwords for the account with this e-mail address, from this network address."""

    def __init__(self, email: str, address: str) -> None:
        self._rates = (
            (WRONG_PASSWORDS, ("wrong", email, address)),
            (WRONG_PASSWORDS_FROM_ANYWHERE, ("wrong", email)),
            (WRONG_FROM_AN_ADDRESS, ("wrong from", address)),
        )

    def check(self) -> None:
        """Before a password is looked at. Raises TooMany where there were too many."""
        for rate, who in self._rates:
            throttle().check(rate, *who)
        throttle().count(SIGN_INS, "sign-ins", *self._rates[0][1][1:])

    def wrong(self) -> None:
        """Counts one more; whether it was the last that is free is told by the next check."""
        for rate, who in self._rates:
            try:
                throttle().count(rate, *who)
            except TooMany:
                pass

    def right(self) -> None:
        """The person is there: their own mistakes are forgotten."""
        throttle().forget(self._rates[0][0], *self._rates[0][1])
