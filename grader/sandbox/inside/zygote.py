"""The process that students' processes are forked from: Python and NumPy loaded and warm, and nothing else.

It never reads a job, so nothing of one student's is in the memory that the next one inherits: each message brings two
descriptors, the job's and the reply's, which are passed on to a child that was forked ahead and has rehearsed. The
answer is a descriptor for the child (so that the parent can kill exactly that process), and when the child is gone, its
wait status and largest memory.
"""

from __future__ import annotations

import gc
import json
import os
import random
import socket
import struct
from collections import deque
from typing import NoReturn

import numpy as np

from . import lock, modules, rehearsal, session, wire

WAITING = 2  # children forked ahead: one for the next job, one in case that comes at once
CONTROL = 0  # the zygote's standard input is its control socket
STATUS = struct.Struct("<iQ")  # wait status, largest resident memory in bytes


def serve(parent: str) -> None:
    """Serves until the parent closes the control socket or dies."""
    lock.die_with(int(parent))
    lock.bound_descriptors()
    control = socket.socket(fileno=os.dup(CONTROL))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, CONTROL)
    modules.import_all()
    _warm()
    landlock = lock.landlock_abi()
    gc.collect()
    gc.freeze()  # a child's collections leave the shared pages alone
    control.send(json.dumps({"landlock": landlock}).encode())
    waiting = deque(_fork(null, landlock) for _ in range(WAITING))
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 2)
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
        _, status, usage = os.wait4(child, 0)
        control.send(STATUS.pack(status, usage.ru_maxrss << 10))
        waiting.append(_fork(null, landlock))  # only now: rehearsing beside the job would slow it down


def _fork(null: int, landlock: int) -> tuple[int, socket.socket]:
    """A child that rehearses and then waits for a job, and the channel to it."""
    zygote = os.getpid()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child == 0:
        ours.close()
        _become_child(theirs, null, zygote, landlock)
    theirs.close()
    return child, ours


def _become_child(channel: socket.socket, null: int, zygote: int, landlock: int) -> NoReturn:
    """Rehearses, waits for a job, reads it, locks itself, runs it, replies. Whatever fails before LOCKED is our fault
    and says so."""
    try:
        rehearsal.rehearse()
        _, descriptors, _, _ = socket.recv_fds(channel, 1, 2)
        if len(descriptors) != 2:
            os._exit(0)  # the zygote is gone
        job, reply = descriptors
        data = os.pread(job, os.fstat(job).st_size, 0)
        lock.keep_reply_only(reply, null)
        try:
            work = wire.decode_job(data)
            _seed()
            lock.lock(zygote, work.limits["memory_bytes"], work.limits["cpu_seconds"], landlock)
        except Exception as error:
            os.write(lock.REPLY, f"{type(error).__name__}: {error}".encode()[:500])
            os._exit(1)
        os.write(lock.REPLY, wire.LOCKED)
        _write(session.reply(work))
        os._exit(0)
    finally:
        os._exit(1)  # nothing of the zygote may run on in a child


def _write(data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(lock.REPLY, left) :]


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
