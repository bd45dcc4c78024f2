"""A submission that looks through the memory of its process."""

import os

from grader.sandbox.inside.seccomp import MACHINES

_SEARCH = """
import ctypes, gc

def readable(page, call=ctypes.CDLL(None, use_errno=True).syscall, now=(ctypes.c_long * 2)(0, 0)):
    "FUTEX_WAIT until 0 s from now: a way to have the kernel look at the word there."
    call({futex}, ctypes.c_long(page << 12), 128, 0, now, 0, 0)
    return ctypes.get_errno() != 14  # EFAULT

def memory():
    "All pages between those of known objects, but for the gaps of more than 16 MiB."
    known = sorted({{id(part) >> 12 for thing in gc.get_objects() for part in (thing, *gc.get_referents(thing))}})
    for page, after in zip(known, known[1:]):
        for place in range(page, after if after - page < 4096 else page + 64):
            if readable(place):
                yield ctypes.string_at(place << 12, 4096)

def search(wanted):
    found = [0.0] * len(wanted)
    for page in memory():
        for place, (head, tail) in enumerate(wanted):
            if any(part.startswith(tail) for part in page.split(head)[1:]):
                found[place] = 1.0
    return found

dx = search({wanted})
"""


def search(*wanted: bytes) -> str:
    """A script whose `dx` says of each of `wanted` whether it is somewhere in memory. What it looks for is never in
    its own text in one piece."""
    halves = [(part[: len(part) // 2], part[len(part) // 2 :]) for part in wanted]
    return _SEARCH.format(futex=MACHINES[os.uname().machine].numbers["futex"], wanted=halves)
