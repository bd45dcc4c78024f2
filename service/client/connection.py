"""Requests to a service, tried again where that may help and is safe: all of them may be sent twice."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

AGAIN_AFTER = frozenset({429, 502, 503, 504})
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # seconds between tries: a service that is started again is back by then
LONGEST_PAUSE = 60.0
TIMEOUT = 40.0  # a request may wait up to 30 s for its report


class Refused(Exception):
    """The service answered with an error; `status`, `code` and the message are its own."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Unreachable(Exception):
    """No service answers at the address, however often one asks."""


@dataclass(frozen=True)
class Connection:
    """A service at `address`, and who asks. `wait` passes the seconds until the next try, having been told why."""

    address: str
    token: str | None = None
    language: str = "en"
    wait: Callable[[float, str], None] = lambda seconds, reason: time.sleep(seconds)

    def get(self, path: str) -> Any:
        """The JSON at `path`. Raises Refused, Unreachable."""
        return self._tried("GET", path, None, {})

    def post(self, path: str, body: Mapping[str, Any], key: str) -> Any:
        """The JSON that answers `body`, sent with this Idempotency-Key: if an answer is lost, the next try gets it.
        Raises Refused, Unreachable."""
        sent = {"Content-Type": "application/json", "Idempotency-Key": key}
        return self._tried("POST", path, json.dumps(body).encode(), sent)

    def once(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The same of what is not safe to send twice. Raises Refused, Unreachable."""
        content = None if body is None else json.dumps(body).encode()
        try:
            return self._sent(method, path, content, {} if body is None else {"Content-Type": "application/json"})
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: Exception) -> Unreachable:
        reason = str(getattr(error, "reason", None) or error) or type(error).__name__
        return Unreachable(f"{self.address} cannot be reached: {reason}.")

    def _tried(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        for pause in (*PAUSES, None):
            try:
                return self._sent(method, path, body, headers)
            except HTTPError as error:
                refused = _refused(error)
                if pause is None or error.code not in AGAIN_AFTER:
                    raise refused from None
                self.wait(_asked_for(error, pause), str(refused))
            except (OSError, HTTPException) as error:
                if pause is None:
                    raise self._unreachable(error) from None
                self.wait(pause, str(self._unreachable(error)))
        raise AssertionError("the last try answers or raises")

    def _sent(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Any:
        known = {"Accept": "application/json", "Accept-Language": self.language, **headers}
        if self.token:
            known["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.address + path, body, known, method=method)
        try:
            with _OPENER.open(request, timeout=TIMEOUT) as response:
                content = response.read()
        except HTTPError as error:
            if error.code in AGAIN_AFTER:
                raise
            raise _refused(error) from None
        try:
            return json.loads(content) if content else None
        except ValueError:
            raise Refused(200, "no_json", f"What answers at {self.address} is no Gradient Grader.") from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A token goes to the address that it was given for, and nowhere else."""

    def redirect_request(self, *arguments: Any, **named: Any) -> None:
        """None: the redirection is an error."""


_OPENER = urllib.request.build_opener(_NoRedirects)


def _refused(error: HTTPError) -> Refused:
    try:
        told = json.loads(error.read())["error"]
        return Refused(error.code, str(told["code"]), str(told["message"]))
    except (OSError, HTTPException, ValueError, LookupError, TypeError):
        return Refused(error.code, "error", f"The server answers {error.code} {error.reason}.")


def _asked_for(error: HTTPError, pause: float) -> float:
    text = error.headers.get("Retry-After", "")
    return min(max(float(text), 0.1), LONGEST_PAUSE) if text.isdecimal() else pause
