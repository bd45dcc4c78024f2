"""What a locked child tries before the sandbox is trusted: each attack is a submission like any other."""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.candidate import Array
from grader.sandbox.jobs import Call, Failed, Finished, Job, Limits, SandboxUnavailable

_ATTEMPTS = """
import _socket, mmap, os, sys

def succeeds(attempt, *arguments):
    try:
        return float(attempt(*arguments) != -1)
    except (OSError, MemoryError):
        return 0.0

def fork():
    return os.fork() or os._exit(0)

opened = succeeds(os.open, "/proc/self/maps", os.O_RDONLY)
listed = succeeds(os.listdir, "/")
written = succeeds(os.open, "/tmp", os.O_TMPFILE | os.O_RDWR)
connected = succeeds(_socket.socket)
signalled = succeeds(os.kill, os.getppid(), 0)
asked = succeeds(os.getpid)
slept = succeeds(__import__("time").sleep, 0)
allocated = succeeds(mmap.mmap, -1, 1 << 32, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
forked = succeeds(fork)
"""
_NAMES = ("opened", "listed", "written", "connected", "signalled", "asked", "slept", "allocated", "forked")


def _job(source: str, names: tuple[str, ...]) -> Job:
    reads = [{"names": [name], "pattern": name} for name in names]
    return Job(source, False, ({"kind": "script", "reads": reads},), (), (Call({}, names),))


@dataclass(frozen=True, eq=False)
class Attack:
    """A submission, and how it must end: with every name 0, or (`status`) stopped."""

    job: Job
    status: str = "finished"
    limits: Limits = field(default_factory=Limits)

    def judge(self, outcome: Finished | Failed) -> None:
        """Raises SandboxUnavailable where the attack got through, or could not be made."""
        if isinstance(outcome, Failed):
            if outcome.status != self.status:
                raise SandboxUnavailable(f"the sandbox cannot be probed: {outcome.status} {dict(outcome.parameters)}")
            return
        answers = outcome.answers[0].candidates
        through = [name for name, found in answers.items() if not (isinstance(found, Array) and found.value == 0)]
        if through or self.status != "finished":
            raise SandboxUnavailable(f"the sandbox does not hold: {', '.join(through) or 'a program was executed'}")


ATTACKS = (
    Attack(_job(_ATTEMPTS, _NAMES)),
    Attack(_job('import os\nran = 1\nos.execv("/bin/true", ["true"])', ("ran",)), status="forbidden"),
    Attack(_job("ran = 1\nwhile True: pass", ("ran",)), status="timed_out", limits=Limits(wall_seconds=0.2)),
)
