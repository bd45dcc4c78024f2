"""A worker with a sandbox, in a process of its own so that it can be hurt.

Requests and answers are pickles on standard input and output.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

from grader.sandbox import Call, Failed, Finished, Job, Limits, Sandbox
from tests.attacks.without import taken_away

_NOTHING = Job(
    "dx = 1", False, ({"kind": "script", "reads": [{"names": ["dx"], "pattern": "dx"}]},), (), (Call({}, ("dx",)),)
)


class Request(NamedTuple):
    """A job to run without the layers `off`; `beside` runs in another sandbox at the same time."""

    job: Job
    limits: Limits = Limits()
    off: frozenset[str] = frozenset()
    beside: Job | None = None
    measured: bool = False


class Told(NamedTuple):
    """What the worker saw: the outcome, the seconds that it took, its zygote, and what was measured."""

    outcome: Finished | Failed
    seconds: float
    zygote: tuple[int, ...]
    measures: dict[str, float]


def children(process: int) -> tuple[int, ...]:
    """The children of all threads of `process` that are no zombies, the oldest first."""
    found: list[int] = []
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        found += map(int, listed.read_text().split())
    return tuple(sorted(pid for pid in found if status(pid).get("State", "Z")[0] not in "ZX"))


def status(process: int) -> dict[str, str]:
    """What /proc/PID/status says; nothing of a process that is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return {}
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


class Measuring(threading.Thread):
    """Looks at a waiting child from before it gets its job until it is gone."""

    def __init__(self, child: int, cpu_seconds: float) -> None:
        super().__init__(daemon=True)
        self.child, self.enough = child, cpu_seconds + 2
        self.measures, self.oom = dict[str, float](), 1000
        self.ended = threading.Event()
        _peak_of_this_process(reset=True)

    def run(self) -> None:
        while not self.ended.wait(0.004):
            self.look()

    def look(self) -> None:
        """The most of each, in seconds and bytes; of the kernel's wish to kill it, how far the worker's is above."""
        try:
            seen = status(self.child)
            clock = Path(f"/proc/{self.child}/stat").read_text().rpartition(")")[2].split()
            wish = [int(Path(f"/proc/{pid}/oom_score").read_text()) for pid in (self.child, "self")]
        except OSError:
            return
        # at its best: one that is not ready yet, or is gone, has no wish to tell of
        self.oom = min(self.oom, wish[1] - wish[0])
        now = {
            "cpu": (int(clock[11]) + int(clock[12])) / os.sysconf("SC_CLK_TCK"),
            "memory": int(seen.get("VmHWM", "0 kB").split()[0]) << 10,
            "locked": int(seen.get("VmLck", "0 kB").split()[0]) << 10,
            "root": float(seen["Uid"].split()[1] == "0"),
        }
        if now["cpu"] > self.enough:  # it has been seen, and need not go on
            os.kill(self.child, signal.SIGKILL)
        self.measures = {name: max(value, self.measures.get(name, value)) for name, value in now.items()}

    def close(self) -> dict[str, float]:
        """What was measured, once the child has had a second to die."""
        self.ended.set()
        self.join()
        deadline = time.monotonic() + 1
        while (alive := status(self.child).get("State", "Z")[0] not in "ZX") and time.monotonic() < deadline:
            time.sleep(0.01)
        return {**self.measures, "oom": self.oom, "survivor": float(alive), "worker memory": _peak_of_this_process()}


def _peak_of_this_process(reset: bool = False) -> float:
    """The largest resident memory since the last reset, in bytes."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    return float(status(os.getpid())["VmHWM"].split()[0]) * 1024


def main() -> None:
    """Answers requests until there are no more. The sandbox is another one where other layers are off."""
    off: frozenset[str] | None = None
    with ExitStack() as stack, suppress(EOFError):
        while True:
            request: Request = pickle.load(sys.stdin.buffer)
            if request.off != off:
                off = request.off
                stack.close()
                for taken in taken_away(off):
                    stack.enter_context(taken)
                sandbox = stack.enter_context(Sandbox())
            sys.stdout.buffer.write(pickle.dumps(answer(request, sandbox)))
            sys.stdout.buffer.flush()


def answer(request: Request, sandbox: Sandbox) -> Told:
    """Runs the job."""
    measuring = _measuring(sandbox, request.limits.cpu_seconds) if request.measured else None
    own = _zygotes()
    other = _beside(request.beside) if request.beside else None
    start = time.monotonic()
    outcome = sandbox.run(request.job, request.limits)
    seconds = time.monotonic() - start
    measures = measuring.close() if measuring else {}
    while other and other.is_alive():  # a sandbox that lost its zygote tries once more
        for zygote in set(_zygotes()) - set(own):
            os.kill(zygote, signal.SIGKILL)
        other.join(0.1)
    return Told(outcome, seconds, _zygotes(), measures)


def _zygotes() -> tuple[int, ...]:
    return children(os.getpid())


def _measuring(sandbox: Sandbox, cpu_seconds: float) -> Measuring:
    """Of the oldest child, which is the next one to get a job, once those of earlier jobs are gone."""
    with sandbox._lock:
        sandbox._started()
    deadline, before = time.monotonic() + 5, list[int]()
    while True:
        waiting = [child for zygote in _zygotes() for child in children(zygote)]
        if (len(waiting) == 2 and waiting == before) or time.monotonic() > deadline:
            measuring = Measuring(waiting[0], cpu_seconds)
            measuring.start()
            return measuring
        before = waiting
        time.sleep(0.05)


def _beside(job: Job) -> threading.Thread:
    """Another student's job, in a sandbox of its own, that has begun when this returns."""

    def run() -> None:
        with Sandbox() as another:
            another.run(_NOTHING)
            started.set()
            another.run(job, Limits(wall_seconds=20, cpu_seconds=20))

    started = threading.Event()
    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    time.sleep(0.2)
    return thread
