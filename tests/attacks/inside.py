"""Starts the inside as `grader/sandbox/inside/__main__.py` does, with some of its layers taken away.

`python -I -S inside.py NUMPY_FOLDER FOLDER_OF_INSIDE LAYERS zygote PARENT`, LAYERS being names with a bar in between.
"""

import os
import socket
import sys

numpy_folder, folder, layers, mode, *rest = sys.argv[1:]
sys.path.append(numpy_folder)
sys.path.insert(0, folder)
from inside import lock, zygote  # noqa: E402  found only now

del sys.path[0]
kept_jobs = []


def keep_all_descriptors(last: int) -> None:
    if last != lock.LAST:
        os.dup2(last, lock.LAST)


def read_the_jobs() -> None:
    """Has the zygote do what it must not: read what it passes on."""
    received, own = socket.recv_fds, os.getpid()

    def recv_fds(*arguments):  # type: ignore[no-untyped-def]  # as the socket module's
        message = received(*arguments)
        if os.getpid() == own and message[1]:
            kept_jobs.append(os.pread(message[1][0], os.fstat(message[1][0]).st_size, 0))
        return message

    socket.recv_fds = recv_fds


for layer in filter(None, layers.split("|")):
    if layer == "no other descriptors":
        lock.keep_only = keep_all_descriptors
    elif layer == "no job in the zygote":
        read_the_jobs()
    else:
        del (lock.PREPARE if layer in lock.PREPARE else lock.LOCK)[layer]
if mode != "zygote":
    raise SystemExit(f"no such part: {mode}")
zygote.serve(*rest)
