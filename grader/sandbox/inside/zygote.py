"""The process that students' processes are forked from: Python and NumPy loaded and warm, and nothing else.

It never sees a job, so nothing of one student's is in the memory that the next one inherits: it gives the parent
children, each with a channel of its own, which have rehearsed and locked themselves before they get a job through it.
For each child that the parent has done with, it tells how that one ended, and gives another.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import json
import os
import select
import signal
import socket
import time
from typing import Any, NoReturn

import numpy as np

from . import lock, modules, rehearsal, session, wire

WAITING = 2  # children forked ahead: one for the next job, one in case that comes at once
WARM = 40  # rehearsals before the first fork: what Python adapts as it runs is then adapted, and shared
LOAD = "/proc/loadavg"  # its fourth field: how many threads run or wait for a processor now, of how many
PROCESSORS = len(os.sched_getaffinity(0))
QUIET_SECONDS = 0.008  # after a job, before another child rehearses: what comes of the job comes first
CONTROL = 0  # the zygote's standard input is its control socket

_python = ctypes.PyDLL(None, use_errno=True)  # calls keep the interpreter's lock, which a child then holds as well


def serve(parent: str) -> None:
    """Serves until the parent closes the control socket or dies."""
    lock.die_with(int(parent))
    lock.bound_descriptors()
    control = socket.socket(fileno=os.dup2(CONTROL, lock.LAST, inheritable=False))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, CONTROL)  # a child's 0–2 are this
    os.close(null)
    gc.disable()  # what a collection frees would be holes in pages that the children share
    modules.import_all()
    _warm()
    for _ in range(WARM):
        rehearsal.rehearse()
    landlock = lock.landlock_abi()
    lock.prepare(landlock)
    faulthandler.register(signal.SIGXCPU, lock.LAST, all_threads=False)
    talk = wire.Channel(lock.LAST)  # in a child, this is its channel's number
    _taken = _take_small_arrays()  # to the end
    gc.freeze()  # a child's collections leave the shared pages alone
    gc.enable()
    control.send(json.dumps({"landlock": landlock}).encode())
    for _ in range(WAITING):
        _offer(control, landlock, talk)
    quiet = select.poll()
    quiet.register(control, select.POLLIN)
    ended = 0.0
    while True:
        try:
            asked = control.recv(wire.CHILD.size)
        except ConnectionResetError:  # the parent closed its end before it read how the last child ended
            return
        if not asked:
            return
        (child,) = wire.CHILD.unpack(asked)
        _, status, usage = os.wait4(child, 0)
        control.send(wire.STATUS.pack(status, usage.ru_maxrss << 10, usage.ru_utime + usage.ru_stime))
        rushed = time.monotonic() < ended + QUIET_SECONDS
        ended = time.monotonic()
        if not rushed:  # where jobs come in a row, the next child cannot be ready too soon
            quiet.poll(QUIET_SECONDS * 1000)
        _offer(control, landlock, talk)


def _offer(control: socket.socket, landlock: int, talk: wire.Channel) -> None:
    """Forks a child, and gives the parent a handle of it and the channel to it."""
    zygote = os.getpid()
    ours, theirs = socket.socketpair()
    rehearsed = not _busy()
    child = _fork()
    if child == 0:
        _become_child(theirs, zygote, landlock, talk, rehearsed)
    handle = os.pidfd_open(child)
    with ours, theirs:
        socket.send_fds(control, [wire.CHILD.pack(child)], [handle, ours.fileno()])
    os.close(handle)


def _busy() -> bool:
    """Whether more threads want a processor than there are, as far as the kernel tells: then nobody has the time that
    a rehearsal takes while nobody waits for it."""
    try:
        with open(LOAD) as file:
            return int(file.read().split()[3].partition("/")[0]) > PROCESSORS
    except (OSError, ValueError, IndexError):
        return False


def _fork() -> int:
    """`os.fork` without what Python's modules have registered to be done in the child: it is for processes with
    threads and held locks, and touches two hundred pages. Of it, a child needs new seeds (`session`)."""
    child = int(_python.fork())
    if child < 0:
        raise OSError(ctypes.get_errno(), "fork")
    return child


def _become_child(channel: socket.socket, zygote: int, landlock: int, talk: wire.Channel, rehearsed: bool) -> NoReturn:
    """Rehearses, locks itself, waits for a job and does it. Whatever fails before LOCKED is our fault and says so."""
    try:
        lock.keep_only(channel.detach())
        try:
            if rehearsed:
                rehearsal.rehearse()
            lock.lock(zygote, landlock)
        except Exception as error:
            os.write(lock.LAST, f"{type(error).__name__}: {error}".encode()[:500])
            os._exit(1)
        os.write(lock.LAST, wire.LOCKED)
        session.converse(talk.reader, talk.write)
        talk.send()
        os._exit(0)
    finally:
        os._exit(1)  # nothing of the zygote may run on in a child


def _take_small_arrays() -> list[np.ndarray[Any, Any]]:
    """What NumPy has kept of the memory of small arrays, which lies anywhere: as long as it is taken, a child's small
    arrays lie together, in pages that its rehearsal has made its own."""
    return [np.empty(entries) for entries in range(1, 128) for _ in range(8)]


def _warm() -> None:
    """First use of what is set up lazily: BLAS buffers, LAPACK, the printing of arrays, the generators."""
    square = np.eye(64) + 0.5
    np.linalg.solve(square @ square, square)
    np.einsum("ij,jk->ik", square, square)
    str(square[:2, :2] / 3)
    np.random.default_rng(0).standard_normal(4)
