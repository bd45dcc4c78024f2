"""What the processes write down while they run, on standard error: lines for people, or one JSON object a line.

Each line carries what is known then of `request`, `account`, `submission` and `worker`, so that a submission can be
followed by its number through all parts. What students hand in is not logged; e-mail addresses, tokens and passwords in
addresses are blotted out, wherever a library's message or an error may have brought them from.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

TEXT, JSON = "text", "json"
FORMS = (TEXT, JSON)
REQUESTS = "service.requests"
SUBMISSIONS = "service.submissions"

_HIDDEN = "[hidden]"
_SECRETS = re.compile(  # each begins only where its run of characters does: one pass, however long a line is
    r"(?<=://)[^\s/@]*+@"  # USER:PASSWORD@ of an address
    r"|(?<![^\s@\"'<>()=,:;])[^\s@\"'<>()=,:;]++@[^\s@\"'<>()=,:;]++"  # an e-mail address
    r"|\bgg_[\w-]+"  # a bearer token
    r"|(?<=Bearer )\S+"
    r"|(?<![\w-])ey[\w-]++\.[\w-]++\.[\w-]*+"  # a JSON Web Token
)
_context: ContextVar[dict[str, object] | None] = ContextVar("gradient_grader_log", default=None)
_of_process: dict[str, object] = {}


def start(form: str) -> None:
    """Logs from now on in this form, one of FORMS. As text, for one terminal, without a line for each request and
    each submission."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == JSON else Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for each in (REQUESTS, SUBMISSIONS):
        logging.getLogger(each).setLevel(logging.INFO if form == JSON else logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns whenever a request waits for a moment


@contextmanager
def about(**known: object) -> Iterator[None]:
    """What is logged within the block, in this thread, carries what is `known`, and nothing that was before."""
    token = _context.set(dict(known))
    try:
        yield
    finally:
        _context.reset(token)


def begin(**known: object) -> None:
    """The same without an end: until the next `begin` or `end` of this thread."""
    _context.set(dict(known))


def end() -> None:
    """Nothing is carried any more."""
    _context.set(None)


def note(**known: object) -> None:
    """Adds what has become known to what the lines of this block carry."""
    present = _context.get()
    if present is not None:
        present.update(known)


def name_process(**known: object) -> None:
    """What every line of this process carries."""
    _of_process.update(known)


class Lines(logging.Formatter):
    """A line for people: `2026-04-01 09:00:00,123 INFO service.worker: match  submission=5 worker=worker-1`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s%(carried)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, and a traceback below it if there is one."""
        record.carried = "".join(f"  {name}={value}" for name, value in _carried().items())
        return _SECRETS.sub(_HIDDEN, super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, what the line carries, and a traceback as `error`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _SECRETS.sub(_HIDDEN, record.getMessage()),
            **_carried(),
            **getattr(record, "figures", {}),
        }
        if record.exc_info:
            said["error"] = _SECRETS.sub(_HIDDEN, self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=False, default=str)


def _carried() -> dict[str, object]:
    return {**_of_process, **(_context.get() or {})}
