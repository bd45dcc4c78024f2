"""The wall: a filter on system calls, as classic BPF, for x86_64 and aarch64.

What NumPy needs is allowed, with its arguments checked where they matter; what no student's program ever needs and an
attacker does (exec, ptrace, mount, bpf, io_uring, …) kills; everything else, known today or not, answers EPERM.
Numbers are those of the kernel's <asm/unistd_64.h> and <asm-generic/unistd.h>; the layout is seccomp(2)'s.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Mapping
from typing import NamedTuple

ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, EQUAL, AT_LEAST, AND, RETURN = 0x20, 0x15, 0x35, 0x54, 0x06  # BPF: ld abs, jeq, jge, and, ret (all of constants)
NUMBER_AT, ARCH_AT, ARGUMENTS_AT = 0, 4, 16  # in struct seccomp_data; an argument's low word comes first
ANY = 0xFFFFFFFF


class Check(NamedTuple):
    """An argument's low 32 bits, masked, must be one of `values`; else the call answers EPERM. The kernel reads no
    more than these bits of any argument that is checked here."""

    argument: int
    mask: int
    values: tuple[int, ...]


# In the order of how often they are made.
ALLOWED: dict[str, tuple[Check, ...]] = {
    "read": (Check(0, ANY, (3,)),),
    "write": (Check(0, ANY, (1, 2, 3)),),
    "brk": (),
    "munmap": (),
    "mmap": (
        Check(2, 0x4, (0,)),  # never PROT_EXEC
        Check(3, ANY & ~0x24002, (0x20,)),  # MAP_ANONYMOUS, and of the rest only PRIVATE, NORESERVE, STACK
    ),
    "mremap": (Check(3, ANY & ~0x1, (0,)),),  # MREMAP_MAYMOVE at most, as realloc does
    "madvise": (Check(2, ANY, (4, 8, 14, 15)),),  # DONTNEED, FREE, HUGEPAGE, NOHUGEPAGE; root could poison memory
    "mprotect": (Check(2, 0x4, (0,)),),
    "futex": (Check(1, 0x7F, (0, 1, 9, 10)),),  # WAIT, WAKE, WAIT_BITSET, WAKE_BITSET; the others had the bugs
    "clock_gettime": (),
    "getrandom": (),
    "rt_sigreturn": (),
    "exit_group": (),
}
REFUSED = {"clone3": errno.ENOSYS, "clone": errno.EAGAIN, "fork": errno.EAGAIN, "vfork": errno.EAGAIN}


class Machine(NamedTuple):
    """An architecture: the kernel's constant for it, and its system calls by name."""

    audit_arch: int
    numbers: Mapping[str, int]
    killed: Mapping[str, int]


_SINCE_5 = {  # one numbering for all architectures since 2019
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_getfd": 438, "process_madvise": 440,
    "mount_setattr": 442,
}  # fmt: skip
MACHINES = {
    "x86_64": Machine(
        0xC000003E,
        {
            "read": 0, "write": 1, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigreturn": 15, "mremap": 25,
            "madvise": 28, "clone": 56, "fork": 57, "vfork": 58, "futex": 202, "clock_gettime": 228,
            "exit_group": 231, "getrandom": 318, "clone3": 435,
        },
        {
            "execve": 59, "ptrace": 101, "modify_ldt": 154, "pivot_root": 155, "chroot": 161, "mount": 165,
            "umount2": 166, "init_module": 175, "delete_module": 176, "kexec_load": 246, "add_key": 248,
            "request_key": 249, "keyctl": 250, "unshare": 272, "perf_event_open": 298, "open_by_handle_at": 304,
            "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "finit_module": 313,
            "kexec_file_load": 320, "bpf": 321, "execveat": 322, "userfaultfd": 323, **_SINCE_5,
        },
    ),
    "aarch64": Machine(
        0xC00000B7,
        {
            "read": 63, "write": 64, "exit_group": 94, "futex": 98, "clock_gettime": 113, "rt_sigreturn": 139,
            "brk": 214, "munmap": 215, "mremap": 216, "clone": 220, "mmap": 222, "mprotect": 226, "madvise": 233,
            "getrandom": 278, "clone3": 435,
        },
        {
            "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "unshare": 97, "kexec_load": 104,
            "init_module": 105, "delete_module": 106, "ptrace": 117, "add_key": 217, "request_key": 218,
            "keyctl": 219, "execve": 221, "perf_event_open": 241, "open_by_handle_at": 265, "setns": 268,
            "process_vm_readv": 270, "process_vm_writev": 271, "finit_module": 273, "bpf": 280, "execveat": 281,
            "userfaultfd": 282, "kexec_file_load": 294, **_SINCE_5,
        },
    ),
}  # fmt: skip
X32 = 0x40000000  # x86_64 only: the second set of numbers of the same architecture

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


def program(machine: str) -> list[Instruction]:
    """The filter for `machine`, a key of MACHINES."""
    audit_arch, numbers, killed = MACHINES[machine]
    denied = (RETURN, 0, 0, ERRNO | errno.EPERM)
    filter_ = [(LOAD, 0, 0, ARCH_AT), (EQUAL, 1, 0, audit_arch), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER_AT)]
    if machine == "x86_64":
        filter_ += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, KILL)]
    for name, checks in ALLOWED.items():
        body: list[Instruction] = []
        for check in checks:
            body += [(LOAD, 0, 0, ARGUMENTS_AT + 8 * check.argument), (AND, 0, 0, check.mask)]
            after = len(check.values)  # each comparison jumps over those that follow it and over the denial
            body += [(EQUAL, after - place, 0, value) for place, value in enumerate(check.values)]
            body += [denied]
        body += [(RETURN, 0, 0, ALLOW)]
        filter_ += [(EQUAL, 0, len(body), numbers[name]), *body]
    for name, error in REFUSED.items():
        if name in numbers:
            filter_ += [(EQUAL, 0, 1, numbers[name]), (RETURN, 0, 0, ERRNO | error)]
    for number in killed.values():
        filter_ += [(EQUAL, 0, 1, number), (RETURN, 0, 0, KILL)]
    return [*filter_, denied]


def packed(machine: str) -> bytes:
    """The filter as an array of struct sock_filter."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program(machine))


def this_machine() -> str:
    """The architecture that this process runs as. Raises OSError where there is no table for it."""
    machine = os.uname().machine
    if machine not in MACHINES or struct.calcsize("P") != 8:
        raise OSError(errno.ENOSYS, f"no table of system calls for {machine}")
    return machine
