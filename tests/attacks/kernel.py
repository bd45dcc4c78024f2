"""Calls on the kernel by number, through C: each call of the two lists of `inside/seccomp.py` and others."""

import os

from grader.sandbox.inside.seccomp import MACHINES
from tests.attacks.attack import Attack, answers, fails, is_theirs, raises

_MACHINE = os.uname().machine
_KILLED = MACHINES[_MACHINE].killed
_CALL = """
import ctypes, errno, struct
call = ctypes.CDLL(None, use_errno=True).syscall
call.restype = ctypes.c_long
def raw(number, *arguments):
    result = call(number, *(ctypes.c_long(a) for a in (*arguments, *[0] * (6 - len(arguments)))))
    return result if result >= 0 else -ctypes.get_errno()
kept = []
def address(data):
    kept.append(data)
    return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value
"""
# What would show that a call went through; for others than these, nothing can be done with zeros.
_PROPER = {
    "ptrace": "0",  # PTRACE_TRACEME
    "unshare": "0x10000000",  # a user namespace
    "perf_event_open": "address(struct.pack('=IIQ', 1, 112, 9) + bytes(96)), 0, -1, -1",  # a software clock
    "process_vm_readv": "WORKER, address(bytes(16)), 1, address(bytes(16)), 1",
    "bpf": "0, address(struct.pack('=4I', 2, 4, 4, 1) + bytes(112)), 128",  # a map
    "userfaultfd": "1",
    "io_uring_setup": "1, address(bytes(120))",
    "fsopen": "address(b'tmpfs')",
    "add_key": "address(b'user'), address(b'gg'), address(b'x'), 1, -3",
    "request_key": "address(b'user'), address(b'gg')",
    "keyctl": "0, -3, 1",  # the session's keyring
    "execveat": "-100, address(b'/bin/true'), 0, 0, 0",
    "modify_ldt": "0, address(bytes(16)), 16",
}
_HARMFUL = ("kexec_load", "kexec_file_load", "mount", "setns")


def _killed(name: str, number: int) -> Attack:
    source = f"{_CALL}dx = 7 if raw({number}, {_PROPER.get(name, '0')}) >= 0 else 6"
    return Attack(f"calls {name}", source, fails("forbidden"), claims=True, locked_only=name in _HARMFUL)


_X86_64 = {
    "for a filter of its own": "317, 1, 0, 0",
    "for its name": "157, 15, address(b'owned')",
    "to be dumpable again": "157, 4, 1",
    "for another personality": "135, 0x40000",
    "to write a vector": "20, 3, 0, 0",
    "to mark the reply": "72, 3, 4, 0",
    "to watch files": "294, 0",
    "for an event's descriptor": "290, 0, 0",
    "for a timer's descriptor": "283, 1, 0",
    "for a memory file": "319, address(b'x'), 0",
    "for secret memory": "447, 0",
    "for locked memory": "149, address(bytes(8192)), 4096",
    "for all its memory locked": "151, 1",
    "to measure another's pages": "27, id(raw) & ~4095, 4096, address(bytes(8))",
    "for a robust list": "273, address(bytes(24)), 24",
    "to sleep": "35, address(struct.pack('=QQ', 0, 1))",
    "who it is": "39",
    "for the machine's name": "63, address(bytes(400))",
    "for a semaphore": "64, 0, 1, 0o600",
    "for a message queue": "68, 0, 0o600",
    "to poll": "7, 0, 0, 0",
    "to select": "23, 0, 0, 0, 0, address(bytes(16))",
    "for a page of the vDSO's kind": "158, 0x1004, address(bytes(8))",
    "for memory under a protection key": "330, 0, 0",
    "for a barrier for all processors": "324, 0, 0",
    "for a restartable sequence": "334, address(bytes(64)), 32, 0, 0",
    "for another set of Landlock rules": "444, address(struct.pack('=Q', 1)), 8",
}
_MAPPED = {
    "for memory that can be executed": "raw({mmap}, 0, 4096, 5, 0x22, -1, 0)",
    "for memory of a file": "raw({mmap}, 0, 4096, 1, 2, 3, 0)",
    "for memory that is shared": "raw({mmap}, 0, 4096, 3, 0x21, -1, 0)",
    "for memory that is locked": "raw({mmap}, 0, 4096, 3, 0x2022, -1, 0)",
    "for memory below the stack that grows": "raw({mmap}, 0, 4096, 3, 0x122, -1, 0)",
    "for its memory to be executed": "raw({mprotect}, id(raw) & ~4095, 4096, 7)",
    "for the host's memory to be poisoned": "raw({madvise}, id(raw) & ~4095, 4096, 100)",
    "for its memory to be merged with others'": "raw({madvise}, id(raw) & ~4095, 4096, 12)",
    "for a futex to be requeued": "raw({futex}, address(bytes(8)), 3, 0, 0, 0, 0)",
    "for a futex with a priority": "raw({futex}, address(bytes(8)), 6, 0, 0, 0, 0)",
    "for its memory to be moved over other memory": "raw({mremap}, id(raw) & ~4095, 4096, 4096, 3, 1 << 40)",
}
_CODE = {"x86_64": "b82a000000c3", "aarch64": "40058052c0035fd6"}[_MACHINE]  # return 42
_RUN = "dx = 7 if ctypes.CFUNCTYPE(ctypes.c_int)(at)() == 42 else 6"

ATTACKS = [
    *(_killed(name, number) for name, number in _KILLED.items()),
    *(
        Attack(
            f"asks {what}",
            f"{_CALL}dx = 7 if {asked.format(**MACHINES[_MACHINE].numbers)} >= 0 else 1",
            answers(1.0),
            claims=True,
            locked_only="poisoned" in what,
        )
        for what, asked in _MAPPED.items()
    ),
    *(
        Attack(f"asks {what}", f"{_CALL}dx = 7 if raw({asked}) >= 0 else 1", answers(1.0), claims=True)
        for what, asked in (_X86_64 if _MACHINE == "x86_64" else {}).items()
    ),
    Attack("clones by the new call", f"{_CALL}dx = -raw(435, 0, 0)", answers(38.0), locked_only=True),
    Attack("asks for a call that does not exist", f"{_CALL}dx = -raw(9999)", answers(1.0), locked_only=True),
    Attack(
        "leaves shared memory behind",
        "import ctypes\nc = ctypes.CDLL(None)\ndx = 7 if c.shmget(WORKER, 4096, 0o1600) >= 0 else 6",
        answers(6.0),
    ),
    Attack(
        "locks memory",
        "import ctypes, _thread as t\nc = ctypes.CDLL(None); b = ctypes.create_string_buffer(1 << 15)\n"
        "dx = c.mlock(b, 1 << 13)\nk = t.allocate_lock(); k.acquire(); k.acquire(True, 0.3)",
        answers(-1.0),
        watched=("locked",),
    ),
    Attack(
        "runs machine code of its own in new memory",
        f"import ctypes, mmap\nm = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 7)\n"
        f"m.write(bytes.fromhex('{_CODE}')); at = ctypes.addressof(ctypes.c_char.from_buffer(m))\n{_RUN}",
        raises("PermissionError"),
        claims=True,
    ),
    Attack(
        "runs machine code of its own in memory that it had",
        f"import ctypes\nb = ctypes.create_string_buffer(bytes.fromhex('{_CODE}'), 8192)\n"
        "at = (ctypes.addressof(b) + 4095) & ~4095; ctypes.memmove(at, b, 8)\n"
        f"if ctypes.CDLL(None).mprotect(ctypes.c_void_p(at), 4096, 7) == 0: {_RUN}\nelse: dx = 6",
        answers(6.0),
        claims=True,
    ),
    Attack(
        "runs machine code of its own on the heap",
        f"import ctypes\nb = ctypes.create_string_buffer(bytes.fromhex('{_CODE}'))\nat = ctypes.addressof(b)\n{_RUN}",
        fails("crashed"),
        claims=True,
    ),
    Attack(
        "makes functions of C call back into Python",
        "import ctypes\ncalled = []\ncompare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(\n"
        "    lambda a, b: called.append(open(SECRET).read()) or 0)\n"
        "ctypes.CDLL(None).qsort((ctypes.c_int * 4)(), 4, 4, compare); print(called); dx = 6",
        is_theirs,
    ),
]
if _MACHINE == "x86_64":
    ATTACKS += [
        Attack(
            "calls getpid of the other numbers",
            f"{_CALL}dx = 7 if raw(0x40000000 + 39) >= 0 else 6",
            fails("forbidden"),
            claims=True,
        )
    ]
