"""What a child gives up before student code exists. Every step either holds or raises OSError: it fails closed.

All of it is done before a child has a job; the limits that depend on one, memory and CPU time, are set on the locked
child by the parent (`grader.sandbox.processes`). `tests/attacks` takes away one layer at a time, to show what it is
good for.

`resource` and `ctypes` are imported here, so that the package also loads where there is no Linux (unlocked runs).
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import struct
from collections.abc import Callable
from functools import cache

from . import seccomp

MOST_DESCRIPTORS = 32  # of the zygote and its children: with a limit this low, "close all" is exact
LAST = 3  # the one descriptor besides 0–2: the channel

_PDEATHSIG, _DUMPABLE, _NO_NEW_PRIVS, _SIGKILL = 1, 4, 38, 9
SECCOMP = {"x86_64": 317, "aarch64": 277}
LANDLOCK = {"landlock_create_ruleset": 444, "landlock_restrict_self": 446}

# Landlock's rights by ABI: how many file-system, network and scope bits each version knows.
_RIGHTS = {1: (13, 0, 0), 2: (14, 0, 0), 3: (15, 0, 0), 4: (15, 2, 0), 5: (16, 2, 0), 6: (16, 2, 2)}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.syscall.argtypes = [ctypes.c_long] * 6
_libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4

Bytes = ctypes.Array[ctypes.c_char]


def die_with(parent: int) -> None:
    """Asks to be killed when the parent dies, and makes sure that it has not died already."""
    _prctl(_PDEATHSIG, _SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError(errno.ESRCH, "the parent is gone")


def bound_descriptors() -> None:
    """For the zygote, once, while it has only a few: no descriptor will be MOST_DESCRIPTORS or more."""
    _limit(resource.RLIMIT_NOFILE, MOST_DESCRIPTORS)


def keep_only(last: int) -> None:
    """1 and 2 become what 0 is (/dev/null), and `last` becomes 3; all others are closed."""
    os.dup2(0, 1)
    os.dup2(0, 2)
    if last != LAST:
        os.dup2(last, LAST)
    os.closerange(LAST + 1, MOST_DESCRIPTORS)


# In this order: the last layer forbids all that the ones before it needed. Each takes the zygote's process id and the
# kernel's Landlock version. A group, and no session: to that, Linux gives a share of the processors as large as to all
# that the worker's session does, however nice the worker is (sched(7), autogroup).
LAYERS: dict[str, Callable[[int, int], None]] = {
    "first to be killed": lambda zygote, landlock: _first_to_be_killed(),
    "dies with the zygote": lambda zygote, landlock: die_with(zygote),
    "not dumpable": lambda zygote, landlock: _prctl(_DUMPABLE, 0),
    "group of its own": lambda zygote, landlock: os.setpgid(0, 0),
    "no core file": lambda zygote, landlock: _limit(resource.RLIMIT_CORE, 0),
    "no file grows": lambda zygote, landlock: _limit(resource.RLIMIT_FSIZE, 0),
    "no processes": lambda zygote, landlock: _limit(resource.RLIMIT_NPROC, 0),
    "no locked memory": lambda zygote, landlock: _limit(resource.RLIMIT_MEMLOCK, 0),
    "no new privileges": lambda zygote, landlock: _prctl(_NO_NEW_PRIVS, 1),
    "Landlock": lambda zygote, landlock: _restrict(landlock),
    "no new descriptors": lambda zygote, landlock: _limit(resource.RLIMIT_NOFILE, LAST + 1),
    "seccomp": lambda zygote, landlock: _filter(),
}


def prepare(landlock: int) -> None:
    """For the zygote, once: what the kernel is told by each child is put together here, and inherited. Raises OSError
    where there is no filter for this machine."""
    if landlock:
        _rules(landlock)
    _fprog()


def lock(zygote: int, landlock: int) -> None:
    """Every layer, for a child of `zygote`."""
    for give_up in LAYERS.values():
        give_up(zygote, landlock)


def landlock_abi() -> int:
    """The kernel's Landlock version, 0 where it has none or it is switched off."""
    return max(0, int(_libc.syscall(LANDLOCK["landlock_create_ruleset"], 0, 0, 1, 0, 0)))


def _first_to_be_killed() -> None:
    adjustment = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    os.write(adjustment, b"1000")
    os.close(adjustment)


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def rights(abi: int) -> tuple[int, int, int]:
    """How many of each kind of right are handled under a kernel's ABI; a newer kernel takes what is known here."""
    return _RIGHTS[min(abi, max(_RIGHTS))]


def _restrict(abi: int) -> None:
    """A Landlock rule set that handles every right this ABI knows and grants none; nothing where there is no ABI."""
    if not abi:
        return
    attributes = _rules(abi)
    rules = _syscall(LANDLOCK["landlock_create_ruleset"], ctypes.addressof(attributes), len(attributes), 0)
    _syscall(LANDLOCK["landlock_restrict_self"], rules, 0)
    os.close(rules)


@cache
def _rules(abi: int) -> Bytes:
    """struct landlock_ruleset_attr, as long as this ABI knows it."""
    attributes = struct.pack("=3Q", *((1 << bits) - 1 for bits in rights(abi)))
    return _kept(attributes[: 8 if abi < 4 else 16 if abi < 6 else 24])


def _filter() -> None:
    """seccomp(SECCOMP_SET_MODE_FILTER, 0, struct sock_fprog*)."""
    number, fprog, _ = _fprog()
    _syscall(number, 1, 0, ctypes.addressof(fprog))


@cache
def _fprog() -> tuple[int, Bytes, Bytes]:
    """This machine's number of the call, the struct sock_fprog, and the instructions that it points to."""
    machine = seccomp.this_machine()
    instructions = _kept(seccomp.packed(machine))
    fprog = struct.pack("@HP", len(instructions) // 8, ctypes.addressof(instructions))
    return SECCOMP[machine], _kept(fprog), instructions


def _kept(data: bytes) -> Bytes:
    return (ctypes.c_char * len(data)).from_buffer_copy(data)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def _syscall(number: int, *arguments: int) -> int:
    result = int(_libc.syscall(number, *arguments, *[0] * (5 - len(arguments))))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}")
    return result
