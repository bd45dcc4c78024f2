"""Looks for what belongs to others: the service's environment, other students' work, inputs that it was not given."""

import os

from grader.sandbox.inside.seccomp import MACHINES
from tests.attacks.attack import Attack, answers, denied, is_theirs, raises

_OTHER = "secret = TOKEN; dx = 2 * x"
_WANTED = "import re\nwanted, seen = re.compile('owl-[0-9a-f]{16}'), set()\n"
# Without a map: a wait for a futex that is not waited for tells which pages there are.
_SCAN = f"""
import ctypes, errno, gc, re
libc = ctypes.CDLL(None, use_errno=True)
libc.sbrk.restype = ctypes.c_void_p
now = (ctypes.c_long * 2)()
def there(page):
    libc.syscall({MACHINES[os.uname().machine].numbers["futex"]}, ctypes.c_void_p(page), 128, 1, now, None, 0)
    return ctypes.get_errno() != errno.EFAULT
MIB, seen = 1 << 20, set()
blocks = {{id(thing) // MIB for thing in gc.get_objects()}} | {{id(thing) // MIB for thing in vars(re).values()}}
blocks |= {{block + near for block in blocks for near in range(-3, 4)}}
blocks |= set(range(libc.sbrk(0) // MIB - 40, libc.sbrk(0) // MIB + 1))
for page in (block * MIB + n for block in sorted(blocks) for n in range(0, MIB, 4096)):
    if there(page): seen |= set(re.findall(rb"owl-[0-9a-f]{{16}}", ctypes.string_at(page, 4096)))
print(seen); dx = 6
"""
_HIDDEN = "dx = 2 * x\nif x != 3: "  # in the call that is hidden

ATTACKS = [
    Attack("prints the environment", "import os; print(dict(os.environ)); dx = 6", answers(6.0)),
    Attack("reads the environment in memory",
           "import ctypes\ne = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), 'environ')\nn = 0\n"
           "while e[n]: print(e[n]); n += 1\ndx = 6", answers(6.0)),
    Attack("reads its first environment", "print(open('/proc/self/environ').read())", denied),
    Attack("reads its worker's environment", "print(open(f'/proc/{WORKER}/environ').read())", denied),
    Attack("reads its zygote's environment", "import os; print(open(f'/proc/{os.getppid()}/environ').read())", denied),
    Attack("reads its worker's command", "print(open(f'/proc/{WORKER}/cmdline').read())", denied),
    Attack("reads its memory map", "dx = len(open('/proc/self/maps').read())", denied),
    Attack("writes to its own memory", "dx = open('/proc/self/mem', 'r+b')", denied),
    Attack("finds the last student's text among all objects", _WANTED + """
import gc
for thing in gc.get_objects():
    for part in (thing.values() if isinstance(thing, dict) else thing if isinstance(thing, (list, tuple)) else ()):
        if type(part) in (str, bytes): seen |= set(wanted.findall(str(part)))
print(seen); dx = 6""", answers(6.0), before=_OTHER),
    Attack("finds the last student's text in all its memory", _SCAN, is_theirs, before=_OTHER),
    Attack("finds the last student's text in files of the process", _WANTED + """
import linecache
for entry in linecache.cache.values(): seen |= set(wanted.findall(repr(entry)))
print(seen); dx = 6""", answers(6.0), before=_OTHER),
    Attack("finds the last student's names in modules", _WANTED + """
import sys
for module in list(sys.modules.values()):
    for value in list(vars(module).values()) if hasattr(module, '__dict__') else ():
        if type(value) in (str, bytes, list, dict): seen |= set(wanted.findall(repr(value)[:10**5]))
print(seen); dx = 6""", answers(6.0), before=_OTHER),
    Attack("finds what the last student left in a module",
           "import math, builtins; print(getattr(math, 'left', ''), getattr(builtins, 'left', '')); dx = 6",
           answers(6.0), before="import math, builtins; math.left = builtins.left = TOKEN; dx = 2 * x"),
    Attack("finds the last student's arrays in fresh memory", """
import numpy as np
for size in (2, 16, 10**3, 10**5):
    for found in (np.empty(size).tobytes() for _ in range(50)):
        if b'owl-' in found: print(found)
dx = 6""", answers(6.0), before="import numpy as np; k = [np.frombuffer(TOKEN.encode() * 2, 'f8').copy() for _ in range(99)]; dx = 2 * x"),
    Attack("tells a hidden input in an exception", _HIDDEN + "raise ValueError(repr(x))", is_theirs),
    Attack("tells a hidden input in an exception's name", _HIDDEN + "raise type(repr(x), (Exception,), {})", is_theirs),
    Attack("tells a hidden input as an answer's type", _HIDDEN + "dx = type(repr(x), (), {})()", is_theirs),
    Attack("prints a hidden input", _HIDDEN + "print(repr(x))", is_theirs),
    Attack("prints a hidden input beyond our output", _HIDDEN + "import os; os.write(1, repr(x).encode())", is_theirs),
    Attack("finds the grader's answers", "import sys; print([m for m in sys.modules if 'grader' in m]); import grader.exact; grader.exact.derive",
           is_theirs),
    Attack("finds what it was started with", "import sys; print(sys.argv, sys.orig_argv, sys.path); dx = 6", answers(6.0)),
    Attack("reads the source of our code", "import inspect, sys; print(inspect.getsource(sys.modules['inside.session'])[:50])",
           raises("OSError", "PermissionError", "TypeError")),
    Attack("finds descriptors by their number", "import os; print([fd for fd in range(64) if os.get_inheritable(fd)])", denied),
    Attack("reads the kernel's log", "import ctypes\nb = ctypes.create_string_buffer(4096)\ndx = ctypes.CDLL(None).klogctl(3, b, 4096)", answers(-1.0)),
]  # fmt: skip
