"""The zygote seen from the parent: start it, have it fork a child for a job, read the reply, kill in time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grader.sandbox.inside import wire
from grader.sandbox.jobs import SandboxUnavailable

START_SECONDS = 60.0  # a cold disk, a loaded machine
ANSWER_SECONDS = 10.0  # the zygote's own part of an exchange: a fork, a wait for a process that has been killed
UNLOCKED_START_SECONDS = 5.0  # a fresh process imports NumPy before it starts on the job
STATUS = struct.Struct("<iQ")  # the zygote's word on a child: wait status, largest resident memory in bytes
_CHUNK = 1 << 20

ENTRY = Path(__file__).parent / "inside" / "__main__.py"
NUMPY_FOLDER = Path(np.__file__).resolve().parents[1]


@dataclass(frozen=True)
class Exchange:
    """What became of a child: all it wrote, how it ended, and what the parent had to do."""

    data: bytes
    exit_code: int  # negative: the signal that ended it
    resident_bytes: int
    timed_out: bool
    too_large: bool
    wall_seconds: float


class BrokenZygote(Exception):
    """The zygote did not do its part; it is of no more use."""


class NotForked(BrokenZygote):
    """It did not even fork: no student code has run, and another zygote may try."""


def command(mode: str, *rest: str) -> list[str]:
    """How the inside is started."""
    return [sys.executable, "-I", "-S", "-X", "utf8", str(ENTRY), str(NUMPY_FOLDER), mode, *rest]


def environment() -> dict[str, str]:
    """Nothing of ours but where the dynamic linker finds Python; one thread for every BLAS."""
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    kept = ("LD_LIBRARY_PATH", "SYSTEMROOT")
    return one | {name: os.environ[name] for name in kept if name in os.environ}


class Zygote:
    """A started zygote. Not thread-safe: one exchange at a time. Raises SandboxUnavailable where it cannot start."""

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise SandboxUnavailable(f"the sandbox needs Linux, and this is {sys.platform}")
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
        self._owes_status = False

    def close(self) -> None:
        """Kills it, and with it (by the parent-death signal) its child, and waits until it is reaped."""
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

    def exchange(self, job: bytes, wall_seconds: float, most: int) -> Exchange:
        """Has `job` run by a fresh child, for at most `wall_seconds` and `most` bytes of reply. Raises BrokenZygote."""
        start = time.monotonic()
        reply, theirs = os.pipe()
        try:
            child = self._fork(job, theirs)
            try:
                data, timed_out = _read(reply, child, start + wall_seconds, most)
                whole = wire.complete(data)
                if timed_out or whole or len(data) > most:
                    with contextlib.suppress(ProcessLookupError):  # it ended by itself just now
                        signal.pidfd_send_signal(child, signal.SIGKILL)
            finally:
                os.close(child)
            # How it ended tells why there is no answer. Where there is one, nobody waits until its memory is unmapped.
            code, resident = (0, 0) if whole else self._status()
            return Exchange(data, code, resident, timed_out, len(data) > most, time.monotonic() - start)
        except (OSError, struct.error) as error:
            raise BrokenZygote(str(error)) from error
        finally:
            os.close(reply)

    def _fork(self, job: bytes, reply: int) -> int:
        """Passes the job and the reply's end on, and gives back a descriptor for the child; closes `reply`."""
        memory = os.memfd_create("job")
        try:
            if self._owes_status:
                self._status()  # of the last child
            with open(memory, "wb", closefd=False) as file:
                file.write(job)
            socket.send_fds(self._control, [b"j"], [memory, reply])
        except (OSError, struct.error) as error:
            raise NotForked(str(error)) from error
        finally:
            os.close(memory)
            os.close(reply)
        try:
            _, descriptors, _, _ = socket.recv_fds(self._control, 1, 1, socket.MSG_CMSG_CLOEXEC)
        except OSError as error:
            raise NotForked(str(error)) from error
        if len(descriptors) != 1:
            raise NotForked("the zygote ended")
        self._owes_status = True
        return descriptors[0]

    def _status(self) -> tuple[int, int]:
        """How the last child ended, as an exit code, and its largest resident memory."""
        status, resident = STATUS.unpack(self._control.recv(STATUS.size))
        self._owes_status = False
        return os.waitstatus_to_exitcode(status), int(resident)


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
                start_new_session=True,
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


def _read(reply: int, child: int, deadline: float, most: int) -> tuple[bytes, bool]:
    """All that comes until it is complete, the child's end, the deadline, or one chunk beyond `most`; and whether it
    was the deadline.

    The pipe's own end is not enough: a fork of this process, made by another thread just now, may hold it open.
    """
    data = bytearray()
    poll = select.poll()
    poll.register(reply, select.POLLIN)
    poll.register(child, select.POLLIN)
    while len(data) <= most and not wire.complete(data):
        left = deadline - time.monotonic()
        ready = [descriptor for descriptor, _ in poll.poll(left * 1000)] if left > 0 else []
        if not ready:
            return bytes(data), True
        chunk = os.read(reply, _CHUNK) if reply in ready else b""
        if not chunk:
            break
        data += chunk
    return bytes(data), False


def unlocked(job: bytes, wall_seconds: float) -> Exchange:
    """Has `job` run by a process of its own that is not locked in any way."""
    start = time.monotonic()
    with subprocess.Popen(
        command("unlocked"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as process:
        try:
            data, _ = process.communicate(job, timeout=wall_seconds + UNLOCKED_START_SECONDS)
            timed_out = False
        except subprocess.TimeoutExpired:
            process.kill()
            data, _ = process.communicate()
            timed_out = True
        except BaseException:
            process.kill()
            raise
    return Exchange(data, process.returncode, 0, timed_out, False, time.monotonic() - start)
