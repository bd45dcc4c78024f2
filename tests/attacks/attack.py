"""What an attack is, and how it must end where every layer is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from grader.candidate import Array, NotArray, NotReal
from grader.sandbox import Call, Failed, Finished, Job, Limits
from tests.grader.sandbox.jobs import SCRIPT

Outcome = Finished | Failed
Check = Callable[[Outcome], bool]

SHORT = Limits(wall_seconds=0.4)
SMALL = Limits(memory_bytes=250 << 20)
GOT_THROUGH = 7.0  # what an attack answers to say so

# What an attack's source can call upon. The line stands before it, and makes room for three descriptors where there is
# no filter; with the other name that is read, so that every attack is a script that answers something.
PRELUDE = (
    "import ctypes as _c; [_c.CDLL(None).close(_fd) for _fd in (0, 1, 2)]; dfdx = None; "
    "FOLDER, SECRET, TCP, UDP, UNIX, WORKER, SETUID = {!r}, {!r}, {}, {}, {!r}, {}, {!r}\n"
)


@dataclass(frozen=True)
class Attack:
    """`source` is a student's; `ends` is how it must end with every layer there.

    `before` is handed in by another student before it, `beside` runs in another sandbox of the same worker meanwhile.
    `watched` are measures that count for it (`scene.MEASURES`); `claims`: its own word is all that there is.
    `locked_only`: without the lock it would hurt others than its scene.
    """

    name: str
    source: str
    ends: Check
    limits: Limits = Limits()  # noqa: RUF009  it is frozen
    notebook: bool = False
    before: str = ""
    beside: str = ""
    watched: tuple[str, ...] = ()
    claims: bool = False
    locked_only: bool = False
    worker_is_killed: bool = False

    def job(self, prelude: str, hidden: float) -> Job:
        """The worked example's x is 3; `hidden` is the x of a call that the student is not to see."""
        return job(self.source if self.notebook else prelude + self.source, hidden, self.notebook)


def job(source: str, hidden: float, notebook: bool = False) -> Job:
    """A script that is to answer the derivative of x² at 3 and at `hidden`."""
    calls = tuple(Call({"x": np.array(x)}, ("dx",)) for x in (3.0, hidden))
    return Job(source, notebook, (SCRIPT,), ("x",), calls)


def raises(*types: str) -> Check:
    """The student's own exception."""

    def check(outcome: Outcome) -> bool:
        raised = outcome.answers[0].raised if isinstance(outcome, Finished) else None
        return raised is not None and raised.type in types

    return check


def fails(*statuses: str) -> Check:
    """No answers at all."""
    return lambda outcome: isinstance(outcome, Failed) and outcome.status in statuses


def answers(value: object) -> Check:
    """That dx is `value`."""

    def check(outcome: Outcome) -> bool:
        found = outcome.answers[0].candidates["dx"] if isinstance(outcome, Finished) else None
        return isinstance(found, Array) and found.value.tolist() == value

    return check


def is_refused(kind: type[NotArray] | type[NotReal]) -> Check:
    """That dx is no number."""
    return lambda outcome: isinstance(outcome, Finished) and isinstance(outcome.answers[0].candidates["dx"], kind)


def is_theirs(outcome: Outcome) -> bool:
    """Whatever it is, it is not our fault."""
    return outcome.status != "sandbox_error" if isinstance(outcome, Failed) else True


denied = raises("PermissionError")
ended_early = fails("crashed", "bad_output", "forbidden")
