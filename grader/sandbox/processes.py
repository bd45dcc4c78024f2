"""The zygote and its children seen from the parent: start it, take a child, talk with it in time and in bounds."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from grader.sandbox.inside import wire
from grader.sandbox.jobs import SandboxUnavailable

START_SECONDS = 60.0  # a cold disk, a loaded machine
ANSWER_SECONDS = 10.0  # the zygote's own part of an exchange: a fork, a wait for a process that has been killed

VMSTAT = Path("/proc/vmstat")
SCHEDSTAT = "/proc/{}/schedstat"  # of a process: nanoseconds run, nanoseconds delayed, turns

ENTRY = Path(__file__).parent / "inside" / "__main__.py"
NUMPY_FOLDER = Path(np.__file__).resolve().parents[1]


class BrokenZygote(Exception):
    """The zygote or its child did not do our part; the zygote is of no more use."""


@dataclass(frozen=True)
class Ending:
    """How a child ended: its exit code (negative: the signal), largest resident memory, CPU time; of one that was
    killed, whether the kernel has killed for want of memory since the zygote was started, or one was killed last."""

    code: int
    resident_bytes: int
    cpu_seconds: float
    starved: bool = False


class Child(Protocol):
    """A process that waits for a job: the channel to it, and how it ended once it has been done with."""

    @property
    def channel(self) -> socket.socket: ...

    def delayed(self) -> float:
        """For how many seconds it could have run and waited for a processor; 0 where the kernel does not tell."""

    def interrupt(self) -> None:
        """Has it tell where it is (`Conversation.place`)."""

    def ending(self) -> Ending:
        """Raises BrokenZygote."""


def command(mode: str, *rest: str) -> list[str]:
    """How the inside is started."""
    return [sys.executable, "-I", "-S", "-X", "utf8", str(ENTRY), str(NUMPY_FOLDER), mode, *rest]


def environment() -> dict[str, str]:
    """Nothing of ours but where the dynamic linker finds Python; one thread for every BLAS."""
    one = dict.fromkeys(("LD_BIND_NOW", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    kept = ("LD_LIBRARY_PATH", "SYSTEMROOT")
    return one | {name: os.environ[name] for name in kept if name in os.environ}


def _killed_for_memory() -> int:
    """How many processes of the machine the kernel has killed for want of memory; 0 where it does not tell."""
    try:
        counted = dict(line.split() for line in VMSTAT.read_text().splitlines())
        return int(counted.get("oom_kill", 0))
    except (OSError, ValueError):
        return 0


class Zygote:
    """A started zygote. Not thread-safe: one child at a time. Raises SandboxUnavailable where it cannot start."""

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise SandboxUnavailable(f"the sandbox needs Linux, and this is {sys.platform}")
        self._waiting: deque[Locked] = deque()
        self._owed = 0  # endings that it has been asked for and has not told, or that nobody has read
        self._last = Ending(0, 0, 0.0)
        self._killed_for_memory = _killed_for_memory()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        started: Future[int] = Future()
        self._keeper = threading.Thread(target=_keep, args=(theirs, started), name="zygote-keeper", daemon=True)
        self._keeper.start()
        try:
            self._process = started.result()
        except Exception as error:
            self._control.close()
            raise SandboxUnavailable(f"the zygote cannot be started: {error}") from error
        try:
            self._control.settimeout(START_SECONDS)
            self.landlock = int(json.loads(self._control.recv(1000))["landlock"])
        except (OSError, ValueError) as error:
            self.close()
            raise SandboxUnavailable("the zygote ended before it was ready; its error output says why") from error
        self._control.settimeout(ANSWER_SECONDS)

    def close(self) -> None:
        """Kills it, and with it (by the parent-death signal) its children, and waits until it is reaped."""
        try:
            signal.pidfd_send_signal(self._process, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it is dead already
        self._keeper.join()
        self.forget()

    def forget(self) -> None:
        """Lets go of it without touching it: in a fork of the process that started it, it is not ours."""
        self._control.close()
        os.close(self._process)
        while self._waiting:
            self._waiting.pop().close()

    @contextlib.contextmanager
    def child(self, memory_bytes: int, cpu_seconds: int) -> Iterator[Locked]:
        """A child that has locked itself and has these limits; in the end it is killed, and another one is forked.
        Raises BrokenZygote, with what the child says where a layer does not hold."""
        child = self._next()
        try:
            told = child.told()
            if told != wire.LOCKED:
                raise BrokenZygote(told.decode(errors="replace") or "it ended")
            child.bound(memory_bytes, cpu_seconds)
            yield child
        finally:
            child.kill()
            self._bury(child)

    def ending(self) -> Ending:
        """How the last child ended. Raises BrokenZygote."""
        try:
            while self._owed:
                self._listen()
        except (OSError, struct.error) as error:
            raise BrokenZygote(str(error)) from error
        if self._last.code != -signal.SIGKILL:
            return self._last
        before, self._killed_for_memory = self._killed_for_memory, _killed_for_memory()
        return replace(self._last, starved=self._killed_for_memory > before)

    def _next(self) -> Locked:
        try:
            while not self._waiting:
                self._listen()
        except (OSError, struct.error) as error:
            raise BrokenZygote(str(error)) from error
        return self._waiting.popleft()

    def _bury(self, child: Locked) -> None:
        child.close()
        self._owed += 1
        with contextlib.suppress(OSError):  # who asks next will find out
            self._control.send(wire.CHILD.pack(child.pid))

    def _listen(self) -> None:
        """The zygote's next word: another child, or how one ended. Raises OSError, struct.error."""
        told, descriptors, _, _ = socket.recv_fds(self._control, wire.STATUS.size, 2, socket.MSG_CMSG_CLOEXEC)
        if len(descriptors) == 2:
            (pid,) = wire.CHILD.unpack(told)
            channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, descriptors[1])
            self._waiting.append(Locked(self, pid, descriptors[0], channel))
        else:
            status, resident, seconds = wire.STATUS.unpack(told)
            self._last = Ending(os.waitstatus_to_exitcode(status), resident, seconds)
            self._owed -= 1


@dataclass(frozen=True)
class Locked:
    """A zygote's child: its process id and handle (a pidfd), and the channel to it."""

    zygote: Zygote
    pid: int
    handle: int
    channel: socket.socket

    def told(self) -> bytes:
        """LOCKED, or what does not hold."""
        try:
            self.channel.settimeout(ANSWER_SECONDS)
            return self.channel.recv(1000)
        except OSError as error:
            return str(error).encode()

    def bound(self, memory_bytes: int, cpu_seconds: int) -> None:
        """Sets the limits that depend on the job: address space, and CPU time, where SIGXCPU comes a second before the
        end. Raises BrokenZygote."""
        try:
            for kind, soft, hard in (
                (resource.RLIMIT_AS, memory_bytes, memory_bytes),
                (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),
            ):
                most = resource.prlimit(self.pid, kind)[1]
                most = hard if most == resource.RLIM_INFINITY else min(hard, most)
                resource.prlimit(self.pid, kind, (min(soft, most), most))
        except (OSError, ValueError, OverflowError) as error:
            raise BrokenZygote(f"the limits cannot be set: {error}") from error

    def delayed(self) -> float:
        try:
            return int(Path(SCHEDSTAT.format(self.pid)).read_text().split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return 0.0

    def interrupt(self) -> None:
        self._send(signal.SIGXCPU)

    def kill(self) -> None:
        """Ends it, whatever it does."""
        self._send(signal.SIGKILL)

    def ending(self) -> Ending:
        return self.zygote.ending()

    def close(self) -> None:
        """Lets go of it."""
        self.channel.close()
        os.close(self.handle)

    def _send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):  # it ended by itself just now
            signal.pidfd_send_signal(self.handle, number)


def _keep(control: socket.socket, started: Future[int]) -> None:
    """Starts the zygote and lives as long as it does: its parent-death signal comes when this *thread* ends."""
    try:
        with control:
            process = subprocess.Popen(
                command("zygote", str(os.getpid())),
                stdin=control.fileno(),
                stdout=subprocess.DEVNULL,
                env=environment(),
                cwd="/",
                process_group=0,
            )
    except BaseException as error:
        started.set_exception(error)
        return
    try:
        started.set_result(os.pidfd_open(process.pid))
    except BaseException as error:  # a kernel without pidfds
        process.kill()
        started.set_exception(error)
    process.wait()


@dataclass(frozen=True)
class Unlocked:
    """A process of its own that is not locked in any way."""

    process: subprocess.Popen[bytes]
    channel: socket.socket

    def delayed(self) -> float:
        return 0.0

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGXCPU)

    def ending(self) -> Ending:
        return Ending(self.process.wait(), 0, 0.0)


@contextlib.contextmanager
def unlocked() -> Iterator[Unlocked]:
    """Such a process, waiting for a job; in the end it is killed. Raises BrokenZygote."""
    channel, theirs = socket.socketpair()
    null = subprocess.DEVNULL
    with channel:
        with theirs:
            told = command("unlocked")
            process = subprocess.Popen(told, stdin=theirs.fileno(), stdout=null, stderr=null, env=environment())
        try:
            channel.settimeout(START_SECONDS)
            if channel.recv(1) != wire.LOCKED:
                raise BrokenZygote("it ended")
            yield Unlocked(process, channel)
        finally:
            process.kill()
            process.wait()
