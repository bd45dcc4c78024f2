"""`Sandbox.run`: a job in, `Finished` or `Failed` out."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from grader.sandbox import probing
from grader.sandbox.frames import encode_job
from grader.sandbox.jobs import Failed, Finished, Job, Layers, Limits, SandboxUnavailable
from grader.sandbox.processes import BrokenZygote, Zygote, unlocked
from grader.sandbox.run import run

_sandboxes: weakref.WeakSet[Sandbox] = weakref.WeakSet()


class Sandbox:
    """Runs students' code, one job at a time, each in a locked process of its own, forked from one zygote.

    Thread-safe; a context manager. The zygote is started by the first job, and a new one whenever an exchange broke.
    In a fork of this process (`multiprocessing` may make one) a sandbox starts a zygote of its own. `unsafe` locks
    nothing and is for machines without Linux.
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
        frames = encode_job(job, limits)
        try:
            if self.unsafe:
                return run(unlocked(), frames, job, limits)
            with self._lock:
                try:
                    return self._attempt(frames, job, limits)
                except BrokenZygote:  # the kernel, short of memory, may have taken it
                    return self._attempt(frames, job, limits)
        except (BrokenZygote, SandboxUnavailable) as error:
            return Failed("sandbox_error", "sandbox_error", {"reason": str(error)[:500]})

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

    def _attempt(self, frames: Sequence[bytes], job: Job, limits: Limits) -> Finished | Failed:
        try:
            return run(self._started().child(limits.memory_bytes, limits.cpu_seconds), frames, job, limits)
        except BaseException:  # also an interruption: the next word of this zygote would be about this job's child
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
