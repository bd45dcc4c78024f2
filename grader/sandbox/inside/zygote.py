"""The process that students' processes are forked from: Python and NumPy loaded and warm, and nothing else.

It never reads a job, so nothing of one student's is in the memory that the next one inherits: each message brings two
descriptors, the job's and the reply's, which are passed on to a child that was forked ahead, has rehearsed, and has
locked itself as far as it can before it knows its job. The answer is a descriptor for the child (so that the parent
can kill exactly that process), and when the child is gone, its wait status and largest memory.
"""

from __future__ import annotations

import gc
import json
import os
import random
import select
import socket
import struct
import time
from collections import deque
from typing import NoReturn

import numpy as np

from . import lock, modules, rehearsal, seccomp, session, wire

WAITING = 2  # children forked ahead: one for the next job, one in case that comes at once
QUIET_SECONDS = 0.008  # after a job, before another child rehearses: what comes of the job comes first
CONTROL = 0  # the zygote's standard input is its control socket
STATUS = struct.Struct("<iQ")  # wait status, largest resident memory in bytes


def serve(parent: str) -> None:
    """Serves until the parent closes the control socket or dies."""
    lock.die_with(int(parent))
    lock.bound_descriptors()
    control = socket.socket(fileno=os.dup(CONTROL))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, CONTROL)  # a child's 0–2 are this
    os.close(null)
    modules.import_all()
    _warm()
    rehearsal.rehearse()  # what is set up at first use is then shared by all
    seccomp.packed(seccomp.this_machine())
    landlock = lock.landlock_abi()
    gc.collect()
    gc.freeze()  # a child's collections leave the shared pages alone
    control.send(json.dumps({"landlock": landlock}).encode())
    waiting = deque(_fork(landlock) for _ in range(WAITING))
    quiet = select.poll()
    quiet.register(control, select.POLLIN)
    ended = 0.0
    while True:
        try:
            _, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        except ConnectionResetError:  # the parent closed its end before it read how the last child ended
            return
        if len(descriptors) != 2:
            return
        child, channel = waiting.popleft()
        with channel:
            socket.send_fds(channel, [b"j"], descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        handle = os.pidfd_open(child)
        socket.send_fds(control, [b"c"], [handle])
        os.close(handle)
        rushed = time.monotonic() < ended + QUIET_SECONDS
        _, status, usage = os.wait4(child, 0)
        ended = time.monotonic()
        control.send(STATUS.pack(status, usage.ru_maxrss << 10))
        if not rushed:  # where jobs come in a row, the next child cannot be ready too soon
            quiet.poll(QUIET_SECONDS * 1000)
        waiting.append(_fork(landlock))


def _fork(landlock: int) -> tuple[int, socket.socket]:
    """A child that rehearses and then waits for a job, and the channel to it."""
    zygote = os.getpid()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child == 0:
        ours.close()
        _become_child(theirs, zygote, landlock)
    theirs.close()
    return child, ours


def _become_child(channel: socket.socket, zygote: int, landlock: int) -> NoReturn:
    """Prepares, waits for a job, reads it, locks itself, runs it, replies. Whatever fails before LOCKED is our fault
    and says so."""
    try:
        failed = _prepare(zygote, landlock)
        lock.keep_only(channel.detach())
        job, reply = _receive()
        data = os.pread(job, os.fstat(job).st_size, 0)
        lock.keep_only(reply)
        try:
            if failed is not None:
                raise failed
            work = wire.decode_job(data)
            lock.lock(work.limits["memory_bytes"], work.limits["cpu_seconds"])
        except Exception as error:
            os.write(lock.LAST, f"{type(error).__name__}: {error}".encode()[:500])
            os._exit(1)
        os.write(lock.LAST, wire.LOCKED)
        _write(session.reply(work))
        os._exit(0)
    finally:
        os._exit(1)  # nothing of the zygote may run on in a child


def _prepare(zygote: int, landlock: int) -> Exception | None:
    """What can be done before the job is known; an exception is told once there is a reply to tell it in."""
    try:
        rehearsal.rehearse()
        _seed()
        lock.prepare(zygote, landlock)
    except Exception as error:
        return error
    return None


def _receive() -> tuple[int, int]:
    """The job and the reply, as descriptors."""
    channel = socket.socket(fileno=lock.LAST)
    _, descriptors, _, _ = socket.recv_fds(channel, 1, 2)
    channel.detach()
    if len(descriptors) != 2:
        os._exit(0)  # the zygote is gone
    return descriptors[0], descriptors[1]


def _write(data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(lock.LAST, left) :]


def _seed() -> None:
    """Children of one zygote would share the state of its generators."""
    random.seed(os.urandom(32))
    np.random.seed(int.from_bytes(os.urandom(4), "little"))  # noqa: NPY002  students use the global generator


def _warm() -> None:
    """First use of what is set up lazily: BLAS buffers, LAPACK, the printing of arrays, the generators."""
    square = np.eye(64) + 0.5
    np.linalg.solve(square @ square, square)
    np.einsum("ij,jk->ik", square, square)
    str(square[:2, :2] / 3)
    np.random.default_rng(0).standard_normal(4)
