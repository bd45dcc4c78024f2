"""`Sandbox.run`: a job in, `Finished` or `Failed` out."""

from __future__ import annotations

import os
import signal
import threading
import weakref
from types import TracebackType
from typing import Self

from grader.sandbox import probing
from grader.sandbox.frames import BadReply, decode_reply, encode_job, most_bytes
from grader.sandbox.inside.wire import LOCKED
from grader.sandbox.jobs import Failed, Finished, Job, Layers, Limits, SandboxUnavailable
from grader.sandbox.processes import BrokenZygote, Exchange, NotForked, Zygote, unlocked

_SIGNALS = {item.value: item.name for item in signal.Signals}
_sandboxes: weakref.WeakSet[Sandbox] = weakref.WeakSet()


class Sandbox:
    """Runs students' code, one job at a time, each in a locked process of its own, forked from one zygote.

    Thread-safe; a context manager. The zygote is started by the first job, and a new one whenever an exchange broke.
    In a fork of this process (Celery's workers) a sandbox starts a zygote of its own. `unsafe` locks nothing and
    is for machines without Linux.
    """

    def __init__(self, limits: Limits = Limits(), unsafe: bool = False) -> None:  # noqa: B008  it is frozen
        self.limits = limits
        self.unsafe = unsafe
        self._zygote: Zygote | None = None
        self._layers: Layers | None = None
        self._lock = threading.Lock()
        _sandboxes.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def run(self, job: Job, limits: Limits | None = None) -> Finished | Failed:
        """Has `job` run within `limits` (the sandbox's own by default).

        Whatever the student's code does ends in `Finished` or `Failed`; what fails on our side is
        `Failed("sandbox_error", …)`. Raises ValueError for a job that is none (see `encode_job`).
        """
        limits = limits or self.limits
        frame = encode_job(job, limits)
        try:
            exchange = self._exchange(frame, limits, most_bytes(job))
        except (BrokenZygote, SandboxUnavailable) as error:
            return Failed("sandbox_error", "sandbox_error", {"reason": str(error)})
        return _outcome(exchange, job, limits)

    def probe(self) -> Layers:
        """Has a locked child try what must not work. Raises SandboxUnavailable where seccomp or the resource limits
        do not hold; where there is no Landlock, `landlock` is 0."""
        self._layers = None
        if self.unsafe:
            self._layers = Layers(seccomp=False, landlock=0, rlimits=False, unsafe=True)
            return self._layers
        for attack in probing.ATTACKS:
            attack.judge(self.run(attack.job, attack.limits))
        with self._lock:
            self._layers = Layers(seccomp=True, landlock=self._started().landlock, rlimits=True)
            return self._layers

    @property
    def layers(self) -> Layers:
        """What `probe` found, which is asked once."""
        return self._layers or self.probe()

    def close(self) -> None:
        """Ends the zygote; the next job would start another."""
        with self._lock:
            self._discard()

    def _exchange(self, frame: bytes, limits: Limits, most: int) -> Exchange:
        if self.unsafe:
            return unlocked(frame, limits.wall_seconds)
        with self._lock:
            try:
                return self._attempt(frame, limits, most)
            except NotForked:  # the kernel, short of memory, may have taken it while it was idle
                return self._attempt(frame, limits, most)

    def _attempt(self, frame: bytes, limits: Limits, most: int) -> Exchange:
        try:
            return self._started().exchange(frame, limits.wall_seconds, most)
        except BaseException:  # also an interruption: what this zygote says next would be about this job
            self._discard()
            raise

    def _started(self) -> Zygote:
        if self._zygote is None:
            self._zygote = Zygote()
        return self._zygote

    def _discard(self) -> None:
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.close()

    def _after_fork(self) -> None:
        """In the new process, before anything else runs: the zygote is the parent's, and the lock may be held."""
        self._lock = threading.Lock()
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.forget()


def _forget_all() -> None:
    for sandbox in _sandboxes:
        sandbox._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)


def _outcome(exchange: Exchange, job: Job, limits: Limits) -> Finished | Failed:
    """The student's end, or ours: without LOCKED the child never came to run the student's code."""
    wall = exchange.wall_seconds
    data = exchange.data
    if not data.startswith(LOCKED):
        reason = "no answer in time" if exchange.timed_out else data.decode(errors="replace") or "it ended"
        return Failed("sandbox_error", "sandbox_error", {"reason": reason[:500]}, wall_seconds=wall)
    if exchange.timed_out:
        return Failed("timed_out", "timed_out", {"seconds": limits.wall_seconds}, wall_seconds=wall)
    if exchange.too_large:
        return Failed("bad_output", "bad_output", wall_seconds=wall)
    if exchange.exit_code:
        return _died(exchange, limits)
    if len(data) == len(LOCKED):
        return Failed("crashed", "exited", {"status": 0}, wall_seconds=wall)
    try:
        return decode_reply(data[len(LOCKED) :], job, limits, wall)
    except BadReply:
        return Failed("bad_output", "bad_output", wall_seconds=wall)


def _died(exchange: Exchange, limits: Limits) -> Failed:
    """A signal says why. Where an allocation inside a library failed, it is an abort or an exit of the library's, and
    only the memory that was in use tells it from others."""
    wall = exchange.wall_seconds
    code = exchange.exit_code
    name = _SIGNALS.get(-code, f"signal {-code}") if code < 0 else ""
    if name == "SIGSYS":
        return Failed("forbidden", "forbidden", wall_seconds=wall)
    if name == "SIGXCPU":
        return Failed("timed_out", "cpu_time_exceeded", {"seconds": limits.cpu_seconds}, wall_seconds=wall)
    if name == "SIGKILL" or exchange.resident_bytes > limits.memory_bytes // 2:
        return Failed("out_of_memory", "out_of_memory", {"limit_mib": limits.memory_bytes >> 20}, wall_seconds=wall)
    if name:
        return Failed("crashed", "crashed", {"signal": name}, wall_seconds=wall)
    return Failed("crashed", "exited", {"status": code}, wall_seconds=wall)
