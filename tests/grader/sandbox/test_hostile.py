"""Submissions that attack. Each is stopped in the right way, and the next student notices nothing."""

import os
from collections.abc import Callable
from typing import NamedTuple

import pytest

from grader.candidate import NotArray, NotReal
from grader.sandbox import Failed, Finished, Limits, Sandbox
from tests.grader.sandbox.jobs import HONEST, first, number, script

Outcome = Finished | Failed
Check = Callable[[Outcome], None]


def raises(*types: str) -> Check:
    def check(outcome: Outcome) -> None:
        raised = first(outcome).raised
        assert raised is not None, outcome
        assert raised.type in types, raised

    return check


def fails(*statuses: str) -> Check:
    def check(outcome: Outcome) -> None:
        assert isinstance(outcome, Failed), outcome
        assert outcome.status in statuses, outcome

    return check


def answers(value: object) -> Check:
    def check(outcome: Outcome) -> None:
        assert number(first(outcome).candidates["dx"]) == value, outcome

    return check


def is_refused(kind: type[NotArray] | type[NotReal]) -> Check:
    def check(outcome: Outcome) -> None:
        assert isinstance(first(outcome).candidates["dx"], kind), outcome

    return check


def is_theirs(outcome: Outcome) -> None:
    assert isinstance(outcome, Finished) or outcome.status != "sandbox_error", outcome


class Attack(NamedTuple):
    name: str
    source: str
    check: Check


denied = raises("PermissionError")
SHORT = Limits(wall_seconds=0.5)
SMALL = Limits(memory_bytes=250 << 20)
FITS = "dfdx = None\n"  # the other name that is read: so that every attack is a script that answers something

FILES = [
    Attack("reads a file", "dx = open('/etc/passwd').read()", denied),
    Attack("writes a file", "open('/tmp/owned', 'w'); dx = 1", denied),
    Attack("reads its own memory map", "dx = open('/proc/self/maps').read()", denied),
    Attack("writes to its own memory", "dx = open('/proc/self/mem', 'r+b')", denied),
    Attack("reads the worker's environment", "import os; open(f'/proc/{os.getppid()}/environ')", denied),
    Attack("lists a folder", "import os; dx = os.listdir('/')", denied),
    Attack("looks at a file", "import os; dx = os.stat('/')", denied),
    Attack("removes a file", "import os; os.remove('/tmp/x')", denied),
    Attack("makes a folder", "import os; os.mkdir('/tmp/x')", denied),
    Attack("changes permissions", "import os; os.chmod('/tmp', 0)", denied),
    Attack("changes folder", "import os; os.chdir('/tmp')", denied),
    Attack("makes a link", "import os; os.symlink('/etc/passwd', '/tmp/x')", denied),
    Attack("makes a file in memory", "import os; os.memfd_create('x')", denied),
    Attack("makes a pipe", "import os; os.pipe()", denied),
    Attack("copies a descriptor", "import os; os.dup(3)", denied),
    Attack("closes the reply", "import os; os.close(3)", denied),
    Attack("reads from a descriptor", "import os; os.read(0, 1)", denied),
    Attack("asks about a descriptor", "import os; os.fstat(3)", denied),
    Attack(
        "writes to every descriptor but its own",
        "import os\ndx = 0\nfor fd in range(4, 100):\n    try: dx += os.write(fd, b'x')\n    except OSError: pass",
        answers(0.0),
    ),
]

NETWORK = [
    Attack("opens an internet socket", "import socket; socket.socket()", denied),
    Attack("opens a local socket", "import socket; socket.socket(socket.AF_UNIX)", denied),
    Attack("opens a netlink socket", "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", denied),
    Attack("makes a pair of sockets", "import socket; socket.socketpair()", denied),
    Attack("looks up a name", "import socket; socket.getaddrinfo('example.org', 80)", raises("gaierror")),
]

PROCESSES = [
    Attack("forks", "import os; os.fork()", raises("BlockingIOError")),
    Attack(
        "is a fork bomb",
        "import os\ndx = 0\nfor _ in range(1000):\n    try: os.fork(); dx += 1\n    except OSError: pass",
        answers(0.0),
    ),
    Attack("executes a program", "import os; os.execv('/bin/true', ['true'])", fails("forbidden")),
    Attack("spawns a program", "import os; os.posix_spawn('/bin/true', ['true'], {})", raises("BlockingIOError")),
    Attack("runs a shell command", "import os; dx = os.system('true') >> 8", answers(127.0)),
    Attack("starts a subprocess", "import subprocess; subprocess.run(['true'])", raises("ModuleNotFoundError")),
    Attack("starts a thread", "import threading; threading.Thread(target=print).start()", raises("RuntimeError")),
    Attack("kills its parent", "import os; os.kill(os.getppid(), 9)", denied),
    Attack("kills everything", "import os; os.kill(-1, 9)", denied),
    Attack("kills its group", "import os; os.killpg(0, 9)", denied),
    Attack("stops itself", "import os; os.kill(0, 19)", denied),
    Attack("catches signals", "import _signal; _signal.signal(24, _signal.SIG_IGN)", denied),
    Attack("becomes root", "import os; os.setuid(0)", denied),
    Attack("becomes nicer", "import os; os.nice(-5)", denied),
    Attack(
        "raises its limits",
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        raises("PermissionError", "ValueError"),
    ),
    Attack("sleeps", "import time; time.sleep(1000)", denied),
    Attack("aborts", "import os; os.abort()", fails("crashed")),
    Attack("ends the process", "import os; os._exit(0)", fails("crashed")),
    Attack("ends the process as if all were well", "import os; dx = 6; os._exit(0)", fails("crashed")),
    Attack("ends the program", "raise SystemExit", raises("SystemExit")),
    Attack("interrupts itself", "raise KeyboardInterrupt", raises("KeyboardInterrupt")),
]

# A raw system call through ctypes, by its name in the kernel's x86_64 table.
_SYSCALL = """
import ctypes
call = ctypes.CDLL(None, use_errno=True).syscall
call.restype = ctypes.c_long
def raw(number, *arguments):
    if call(number, *(ctypes.c_long(a) for a in arguments)) >= 0: return 0
    return ctypes.get_errno()
dx = float(raw({}))
"""
_KILLED = {
    "execve": 59, "ptrace": 101, "pivot_root": 155, "chroot": 161, "mount": 165, "init_module": 175, "add_key": 248,
    "keyctl": 250, "unshare": 272, "perf_event_open": 298, "setns": 308, "process_vm_readv": 310,
    "process_vm_writev": 311, "bpf": 321, "execveat": 322, "userfaultfd": 323, "io_uring_setup": 425,
    "process_madvise": 440, "getpid of x32": 0x40000000 + 39,
}  # fmt: skip
_EPERM = {
    "more memory that can be executed": "9, 0, 4096, 5, 0x22, -1, 0",
    "memory of a file": "9, 0, 4096, 1, 2, 3, 0",
    "memory that is shared": "9, 0, 4096, 3, 0x21, -1, 0",
    "memory that is locked": "9, 0, 4096, 3, 0x2022, -1, 0",
    "its memory to be executed": "10, id(raw) & ~4095, 4096, 7",
    "the host's memory to be poisoned": "28, id(raw) & ~4095, 4096, 100",
    "a futex to be requeued": "202, id(raw), 3, 0, 0, 0, 0",
    "for a filter of its own": "317, 1, 0, 0",
    "for its name": "157, 15, 0",
    "to read another descriptor": "0, 0, 0, 0",
    "to write a vector": "20, 3, 0, 0",
    "to mark the reply": "72, 3, 4, 0",
    "for a system call that does not exist": "9999",
}
if os.uname().machine != "x86_64":  # test_seccomp.py checks the other table
    _KILLED, _EPERM = {}, {}
RAW = [Attack(f"calls {name}", _SYSCALL.format(number), fails("forbidden")) for name, number in _KILLED.items()]
RAW += [Attack(f"asks {what}", _SYSCALL.format(arguments), answers(1.0)) for what, arguments in _EPERM.items()]
RAW += [Attack("clones by the new call", _SYSCALL.format("435, 0, 0"), answers(38.0))]

MEMORY = [
    Attack("asks for a huge block", "dx = bytearray(10**11)", fails("out_of_memory")),
    Attack("asks for a huge array", "import numpy as np; dx = np.ones((10**5, 10**5))", fails("out_of_memory")),
    Attack("fills memory with lists", "dx = []\nwhile True: dx.append([0] * 1000)", fails("out_of_memory")),
    Attack("doubles a string", "dx = 'x'\nwhile True: dx += dx", fails("out_of_memory")),
    Attack("hides that memory ran out", "try: bytearray(10**11)\nexcept MemoryError: dx = 6", answers(6.0)),
    Attack(
        "fills memory with small arrays and multiplies",
        "import numpy as np\nkept = []\ntry:\n    while True: kept.append(np.ones(10**5))\nexcept MemoryError: pass\n"
        "dx = np.ones((500, 500)) @ np.ones((500, 500))\nkept.append(np.ones(10**9))",
        fails("out_of_memory", "crashed"),
    ),
    Attack("reads address zero", "import ctypes; ctypes.string_at(0)", fails("crashed")),
    Attack("frees what is not its own", "import ctypes; ctypes.CDLL(None).free(8)", fails("crashed")),
    Attack(
        "recurses without a limit",
        "import sys; sys.setrecursionlimit(2**31 - 1)\ndef f(): return f()\nf()",
        is_theirs,
    ),
    Attack("recurses", "def f(): return f()\nf()", raises("RecursionError")),
    Attack("prints a deep list", "a = []\nfor _ in range(10**5): a = [a]\nrepr(a)", raises("RecursionError")),
]

TIME = [
    Attack("loops", "while True: pass", fails("timed_out")),
    Attack("computes for ever", "dx = 9**9**9", fails("timed_out")),
    Attack("matches for ever", "import re; re.match('(a+)+$', 'a' * 60 + 'b')", fails("timed_out")),
    Attack("waits for itself",
           "import _thread as t; k = t.allocate_lock(); k.acquire(); k.acquire()", fails("timed_out")),
    Attack("prints for ever", "while True: print('x' * 1000)", fails("timed_out")),
    Attack("catches everything", "while True:\n    try: pass\n    except BaseException: pass", fails("timed_out")),
    Attack("raises what cannot be told", "class E(Exception):\n    def __str__(s):\n        while True: pass\nraise E",
           fails("timed_out")),
]  # fmt: skip

_FORGE = "import os, struct, sys\nfrom inside import wire\n"
_FRAME = _FORGE + "import json\ntext = {}\nos.write(3, wire.encode_reply([{}], text) + {})\nos._exit(0)"
_SIX = "wire.Answer('array', 'float', __import__('numpy').array(6.0))"
_CALL = "{'types': ['float'], 'raised': None, 'notes': []}"
_TEXT = f"{{'failed': None, 'interface': 0, 'stdout': '', 'notes': [], 'call': {_CALL}}}"


def forged(text: str = _TEXT, answer: str = _SIX, more: str = "b''") -> str:
    return _FRAME.format(text, answer, more)


def head(numbers: str, text: str) -> str:
    return f"{_FORGE}os.write(3, wire.HEAD.pack(b'GGr2', {numbers}, {text}) + b'{{}}')\nos._exit(0)"


FRAMES = [
    Attack("forges a right frame, which is a candidate like any other", forged(), answers(6.0)),
    Attack("forges a frame with more behind it", forged(more="b'x'"), fails("bad_output")),
    Attack("forges a frame with too few answers", forged(answer=""), fails("bad_output")),
    Attack("forges a frame with too many answers", forged(answer=f"{_SIX}, {_SIX}"), fails("bad_output")),
    Attack("forges a note", forged(_TEXT.replace("'notes': []", "'notes': [['secret', {}]]")), fails("bad_output")),
    Attack("forges our fault",
           forged("{'failed': ['sandbox_error', {}, None], 'stdout': ''}", ""), fails("bad_output")),
    Attack("forges another interface", forged(_TEXT.replace("'interface': 0", "'interface': 7")), fails("bad_output")),
    Attack("forges deep text", forged("[]\nfor _ in range(900): text = [text]"), fails("bad_output")),
    Attack("announces 4 GiB of numbers", head("2**32 - 1", "2"), fails("bad_output")),
    Attack("announces 4 GiB of text", head("0", "2**32 - 1"), fails("bad_output")),
    Attack("announces a huge array", _FORGE + "n = struct.pack('<BB8I', 3, 8, *[2**32 - 1] * 8)\n"
           "os.write(3, wire.HEAD.pack(b'GGr2', len(n), 2) + n + b'{}')\nos._exit(0)", fails("bad_output")),
    Attack("replies with a pickle",
           "import os, pickle; os.write(3, pickle.dumps(print)); os._exit(0)", fails("bad_output")),
    Attack("replies with garbage", "import os; os.write(3, os.urandom(5000)); os._exit(0)", fails("bad_output")),
    Attack("writes before the frame", "import os; os.write(3, b'L'); dx = 6", fails("bad_output")),
    Attack("floods the reply", "import os\nwhile True: os.write(3, bytes(1 << 20))", fails("bad_output")),
]  # fmt: skip

_CLASS = "import numpy as np\nclass Liar({}):\n    __eq__ = __ge__ = __le__ = __lt__ = __gt__ = lambda s, o: True\n"
VALUES = [
    Attack("answers with a float that equals everything",
           _CLASS.format("float") + "dx = Liar(1)", is_refused(NotArray)),
    Attack("answers with a float64 of its own", _CLASS.format("np.float64") + "dx = Liar(1)", is_refused(NotArray)),
    Attack("answers with an array of its own", _CLASS.format("np.ndarray") + "dx = np.ones(2).view(Liar)",
           is_refused(NotArray)),
    Attack("answers with what turns into an array", "class A:\n    def __array__(self, *a, **k): return 1/0\ndx = A()",
           is_refused(NotArray)),
    Attack("lies about its class", "class A:\n    @property\n    def __class__(self): return float\ndx = A()",
           is_refused(NotArray)),
    Attack("has a class without a name", "class M(type):\n    __name__ = property(lambda s: 1/0)\n"
           "class A(metaclass=M): pass\ndx = A()", is_refused(NotArray)),
    Attack("answers with an array of objects",
           _CLASS.format("object") + "dx = np.array([Liar()])", is_refused(NotReal)),
    Attack("answers with a huge broadcast", "import numpy as np; dx = np.broadcast_to(1.0, (10**12,))",
           is_refused(NotArray)),
    Attack("answers with a list in itself", "dx = []\ndx.append(dx)", is_refused(NotArray)),
    Attack("answers with a huge list", "dx = [[0.0] * 10**6] * 10**6", is_refused(NotArray)),
    Attack("answers with a huge int", "dx = 10**400", answers(float("inf"))),
]  # fmt: skip

TAMPERING = [
    Attack("breaks NumPy", "import numpy as np\nfor n in dir(np): setattr(np, n, None)\ndx = 6", raises("TypeError")),
    Attack("breaks Python", "import builtins\ndx = 6\nfor n in ('len', 'type', 'isinstance'): delattr(builtins, n)",
           fails("crashed")),
    Attack("breaks our own code",
           "import sys; sys.modules['inside.wire'].encode_reply = None; dx = 6", fails("crashed")),
    Attack("makes everything a right answer", "import sys\nwire = sys.modules['inside.wire']\nimport numpy as np\n"
           "sys.modules['inside.values'].classify = lambda v, m: wire.Answer('array', 'x', np.array(7.0))\ndx = 6",
           answers(7.0)),
    Attack("traces our code",
           "import sys\ndef t(*a): return t\nsys.settrace(t)\nsys.setprofile(t)\ndx = 6", answers(6.0)),
    Attack("is left to die slowly",
           "class A:\n    def __del__(s):\n        while True: pass\nk = [A()]; k.append(k); dx = 6",
           answers(6.0)),
    Attack("does something at exit", "import atexit, os; atexit.register(os._exit, 7); dx = 6", answers(6.0)),
    Attack("closes its output", "import sys; sys.stdout.close(); dx = 6", answers(6.0)),
    Attack("removes its output", "import sys; del sys.stdout; dx = 6", answers(6.0)),
    Attack("lowers the recursion limit", "import sys; sys.setrecursionlimit(30); dx = 6", is_theirs),
    Attack("raises without a text", "class E(Exception):\n    def __str__(s): raise E\nraise E", raises("E")),
    Attack("raises with a name of a megabyte", "raise type('E' * 10**6, (Exception,), {})", raises("E" * 200)),
    Attack("reads the keyboard", "input()", raises("EOFError")),
    Attack("seeks secrets in the environment",
           "import os; dx = len(set(os.environ) & {'HOME', 'USER', 'PATH', 'SECRET'})",
           answers(0.0)),
]  # fmt: skip

BOMBS = [
    Attack("has 100 000 minus signs", "dx = " + "-" * 100_000 + "1", fails("not_runnable", "crashed")),
    Attack("has 100 000 brackets", "dx = " + "(" * 100_000 + "1" + ")" * 100_000, fails("not_runnable", "crashed")),
    Attack("has 50 000 attributes", "dx = x" + ".a" * 50_000, fails("not_runnable", "crashed")),
    Attack("has 50 000 terms", "dx = " + "+".join("x" * 50_000), fails("not_runnable", "crashed")),
    Attack("has 100 blocks in each other", "".join(" " * n + "if x:\n" for n in range(101)) + " " * 101 + "dx = 1",
           fails("not_runnable")),
    Attack("has an int of 5000 digits", "dx = " + "9" * 5000, fails("not_runnable")),
    Attack("has a NUL", "dx = 1\0", fails("not_runnable")),
    Attack("has half a character", "dx = '\ud800'", fails("not_runnable")),
]  # fmt: skip

ATTACKS = [*FILES, *NETWORK, *PROCESSES, *RAW, *FRAMES, *VALUES, *TAMPERING, *BOMBS]


def honest_is_right(sandbox: Sandbox) -> None:
    outcome = sandbox.run(script("print('hello')\n" + HONEST, 3.0, 5.0))
    assert isinstance(outcome, Finished), outcome
    assert [number(answer.candidates["dx"]) for answer in outcome.answers] == [6.0, 10.0]
    assert [answer.raised for answer in outcome.answers] == [None, None]
    assert (outcome.stdout, outcome.notes) == ("hello\n", ())


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_stopped_and_the_next_student_notices_nothing(sandbox: Sandbox, attack: Attack) -> None:
    attack.check(sandbox.run(script(FITS + attack.source)))
    honest_is_right(sandbox)


@pytest.mark.parametrize("attack", MEMORY, ids=lambda attack: attack.name)
def test_memory_runs_out_for_the_one_who_wastes_it(sandbox: Sandbox, attack: Attack) -> None:
    attack.check(sandbox.run(script(FITS + attack.source), SMALL))
    honest_is_right(sandbox)


@pytest.mark.parametrize("attack", TIME, ids=lambda attack: attack.name)
def test_what_does_not_end_is_ended(sandbox: Sandbox, attack: Attack) -> None:
    attack.check(sandbox.run(script(FITS + attack.source), SHORT))
    honest_is_right(sandbox)


def test_computing_beyond_the_cpu_limit_is_told_as_such(sandbox: Sandbox) -> None:
    outcome = sandbox.run(script("dx = 1\nwhile True: pass"), Limits(wall_seconds=30, cpu_seconds=1))
    assert isinstance(outcome, Failed)
    assert (outcome.status, outcome.code) == ("timed_out", "cpu_time_exceeded")


def test_nothing_of_the_last_student_is_left_for_the_next(sandbox: Sandbox) -> None:
    """Looks for its text in every object that can be found; the second spy shows that its own is."""
    owl = "secret = 'owl of Minerva'; dx = 6"
    sandbox.run(script(owl))
    spy = """
import gc, linecache, re
wanted = re.compile("owl of M[i]nerva")
seen = [o for o in gc.get_objects() if isinstance(o, (dict, list, tuple))]
texts = [repr(v) for o in seen for v in (o.values() if isinstance(o, dict) else o) if type(v) in (str, bytes)]
texts += [repr(v) for v in linecache.cache.values()]
dx = float(any(wanted.search(text) for text in texts))
"""
    answers(0.0)(sandbox.run(script(spy)))
    answers(1.0)(sandbox.run(script(f"{owl}\n{spy}")))
