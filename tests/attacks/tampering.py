"""Answers with what is no number, and breaks what runs around it: Python, NumPy, our own code in the process."""

from grader.candidate import NotArray, NotReal
from tests.attacks.attack import SHORT, Attack, answers, fails, is_refused, is_theirs, raises

_LIAR = "import numpy as np\nclass Liar({}):\n    __eq__ = __ge__ = __le__ = __lt__ = __gt__ = lambda s, o: True\n"

VALUES = [
    Attack("answers with a float that equals everything", _LIAR.format("float") + "dx = Liar(1)", is_refused(NotArray)),
    Attack("answers with a float64 of its own", _LIAR.format("np.float64") + "dx = Liar(1)", is_refused(NotArray)),
    Attack("answers with an array of its own", _LIAR.format("np.ndarray") + "dx = np.ones(2).view(Liar)", is_refused(NotArray)),
    Attack("answers with a 0-d array of its own", _LIAR.format("np.ndarray") + "dx = np.array(1.0).view(Liar)", is_refused(NotArray)),
    Attack("answers with a masked array", "import numpy as np; dx = np.ma.masked_all(2)", is_refused(NotArray)),
    Attack("answers with a matrix", "import numpy as np; dx = np.asmatrix(np.ones(2))", is_refused(NotArray)),
    Attack("answers with a record", "import numpy as np; dx = np.zeros(2, 'f8,f8')", is_theirs),
    Attack("answers with what turns into an array", "class A:\n    def __array__(self, *a, **k): return 1/0\ndx = A()", is_refused(NotArray)),
    Attack("answers with what has an array's interface",
           "class A:\n    __array_interface__ = {'shape': (9,), 'typestr': '<f8', 'data': (8, True), 'version': 3}\ndx = A()",
           is_refused(NotArray)),
    Attack("lies about its class", "class A:\n    @property\n    def __class__(self): return float\ndx = A()", is_refused(NotArray)),
    Attack("has a class without a name",
           "class M(type):\n    __name__ = property(lambda s: 1/0)\nclass A(metaclass=M): pass\ndx = A()", is_refused(NotArray)),
    Attack("answers with an array of objects", _LIAR.format("object") + "dx = np.array([Liar()])", is_refused(NotReal)),
    Attack("answers with a 0-d array of an object", _LIAR.format("object") + "dx = np.array(Liar())", is_refused(NotReal)),
    Attack("answers with an array in itself", "import numpy as np\ndx = np.empty(1, object); dx[0] = dx", is_refused(NotReal)),
    Attack("answers with a list in itself", "dx = []\ndx.append(dx)", is_refused(NotArray)),
    Attack("answers with a huge list", "dx = [[0.0] * 10**5] * 10**6", is_refused(NotArray)),
    Attack("answers with a list that grows as it is read",
           "class L(list):\n    def __iter__(s):\n        while True: yield 1.0\ndx = L()", is_refused(NotArray)),
    Attack("answers with a huge int", "dx = 10**400", answers(float("inf"))),
    Attack("answers with an array that overlaps itself",
           "import numpy as np; dx = np.lib.stride_tricks.as_strided(np.ones(1), (3,), (0,))", answers([1.0, 1.0, 1.0])),
    Attack("answers with an array of no entries and huge sides", "import numpy as np; dx = np.empty((0, 2**40))", is_theirs),
]  # fmt: skip

TAMPERING = [
    Attack("breaks NumPy", "import numpy as np\nfor n in dir(np): setattr(np, n, None)\ndx = 6", is_theirs),
    Attack("breaks Python", "import builtins\ndx = 6\nfor n in ('len', 'type', 'isinstance'): delattr(builtins, n)", fails("crashed")),
    Attack("breaks JSON", "import json\njson.dumps = lambda *a, **k: '{\"failed\": [\"sandbox_error\", {}, null], \"stdout\": \"\"}'\ndx = 6",
           fails("bad_output")),
    Attack("breaks struct", "import struct\nclass S(struct.Struct):\n    def pack(self, *a): return b'GGr2' + bytes(8)\n"
           "import sys\nsys.modules['inside.wire'].HEAD = S('<4sII'); dx = 6", fails("bad_output")),
    Attack("breaks our own code", "import sys; sys.modules['inside.wire'].encode_reply = None; dx = 6", fails("crashed")),
    Attack("removes our own code", "import sys\nfor n in list(sys.modules):\n    if n.startswith('inside'): del sys.modules[n]\ndx = 6", answers(6.0)),
    Attack("makes everything a right answer",
           "import sys\nwire = sys.modules['inside.wire']\nimport numpy as np\n"
           "sys.modules['inside.values'].classify = lambda v, m: wire.Answer('array', 'x', np.array(8.0))\ndx = 6", answers(8.0)),
    Attack("changes our frames on the stack",
           "import sys\nf = sys._getframe()\nwhile f:\n    f.f_locals.clear() if f.f_code.co_name != '<module>' else 0\n    f = f.f_back\ndx = 6",
           is_theirs),
    Attack("traces our code", "import sys\ndef t(*a): return t\nsys.settrace(t)\nsys.setprofile(t)\ndx = 6", answers(6.0)),
    Attack("is called at every audit", "import sys\ndef hook(*a): raise ValueError\nsys.addaudithook(hook)\ndx = 6", is_theirs),
    Attack("takes the exceptions", "import sys\nsys.excepthook = sys.unraisablehook = lambda *a: None\nraise ValueError", raises("ValueError")),
    Attack("is left to die slowly",
           "class A:\n    def __del__(s):\n        while True: pass\nk = [A()]; k.append(k); dx = 6", is_theirs, SHORT),
    Attack("does something at exit", "import atexit, os; atexit.register(os._exit, 7); dx = 6", answers(6.0)),
    Attack("closes its output", "import sys; sys.stdout.close(); dx = 6", answers(6.0)),
    Attack("removes its output", "import sys; del sys.stdout; dx = 6", answers(6.0)),
    Attack("lowers the recursion limit", "import sys; sys.setrecursionlimit(30); dx = 6", is_theirs),
    Attack("never switches threads", "import sys; sys.setswitchinterval(10**6); dx = 6", answers(6.0)),
    Attack("seeds the generators for others", "import random, numpy as np; random.seed(0); np.random.seed(0); dx = 6", answers(6.0)),
    Attack("makes NumPy raise", "import numpy as np; np.seterr(all='raise'); dx = 6", answers(6.0)),
    Attack("makes warnings errors", "import warnings; warnings.simplefilter('error'); dx = 6", answers(6.0)),
    Attack("changes the constants", "import ctypes, sys; ctypes.memmove(id(6), id(7), 32); dx = 2 * 3", is_theirs),
    Attack("raises without a text", "class E(Exception):\n    def __str__(s): raise E\nraise E", raises("E")),
    Attack("raises what is no exception", "class E(BaseException): pass\nraise E", raises("E")),
    Attack("raises a group of groups", "e = ValueError()\nfor _ in range(500): e = ExceptionGroup('', [e])\nraise e", is_theirs),
    Attack("raises a long chain",
           "e = None\nfor _ in range(10**4):\n    n = ValueError(); n.__cause__ = e; e = n\nraise e", is_theirs),
    Attack("raises with a name of a megabyte", "raise type('E' * 10**6, (Exception,), {})", raises("E" * 200)),
    Attack("reads the keyboard", "input()", raises("EOFError")),
    Attack("waits in a generator that is closed", "def g():\n    try: yield\n    finally:\n        while True: pass\na = g(); next(a); del a\ndx = 6",
           fails("timed_out"), SHORT),
]  # fmt: skip

ATTACKS = [*VALUES, *TAMPERING]
