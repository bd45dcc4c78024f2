"""What others leave behind: a search through the memory of the process finds what is the searcher's own, and nothing of
another submission or of the service."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox import Limits, Sandbox
from tests.grader.sandbox.jobs import finished, first, number, script
from tests.grader.sandbox.spy import search

OWL, POINT, RESULT = b"the owl of Minerva", 1.4862971350286, 0.7310482645199
ROOT = Path(__file__).parents[3]


def bits(number: float) -> bytes:
    return struct.pack("<d", number)


def leaves_much(after: str = "") -> str:
    """A submission with a text, a print, a point and a result that are its own."""
    held = f"held = [np.full(1000, {RESULT!r}) for _ in range(100)]"
    return f"secret = {OWL.decode()!r}\nprint(secret * 100)\n{held}\n{after}"


ENDINGS = (
    "dx = held[0]",
    "dx = 1\nraise ValueError(secret)",
    "dx = 1\nimport os; os._exit(3)",
    "dx = 1\nwhile True: pass",
)


@pytest.mark.parametrize("after", ENDINGS)
def test_nothing_of_another_submission_is_found(sandbox: Sandbox, after: str) -> None:
    wanted = (OWL, bits(POINT), bits(RESULT))
    for _ in range(3):  # the next child has been forked before, or after
        sandbox.run(script(leaves_much(after), POINT, POINT), Limits(wall_seconds=0.3))
        assert number(first(sandbox.run(script(search(*wanted)))).candidates["dx"]) == [0.0, 0.0, 0.0]


def test_the_search_finds_what_is_its_own(sandbox: Sandbox) -> None:
    source = leaves_much() + search(OWL, bits(POINT), bits(RESULT))
    assert number(first(sandbox.run(script(source, POINT))).candidates["dx"]) == [1.0, 1.0, 1.0]


SERVICE = """
import json, os, sys
from grader.sandbox import Sandbox
from tests.grader.sandbox.jobs import first, number, script
from tests.grader.sandbox.spy import search
secret, word = os.environ["SECRET_KEY"].encode(), "".join(["the pass", "word of ", "the database"]).encode()
with Sandbox() as sandbox:
    outcome = sandbox.run(script(search(secret, word, b"OPENBLAS_NUM_THREADS")))
print(json.dumps(number(first(outcome).candidates["dx"])))
"""


def test_nothing_of_the_services_environment_or_memory_is_found() -> None:
    environment = {**os.environ, "SECRET_KEY": "a key that signs every session"}
    ended = subprocess.run([sys.executable, "-c", SERVICE], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert json.loads(ended.stdout) == [0.0, 0.0, 1.0]  # the last is in its own environment


def test_other_processes_cannot_be_looked_at(sandbox: Sandbox) -> None:
    names = [f"/proc/{pid}/{name}" for pid in (os.getpid(), "self") for name in ("environ", "mem", "maps", "cmdline")]
    source = f"dx = 0\nfor name in {names}:\n    try: open(name)\n    except PermissionError: dx += 1"
    assert number(finished(sandbox.run(script(source))).answers[0].candidates["dx"]) == len(names)


EVERYTHING = """
import builtins, decimal, gc, linecache, logging, math, os, sys, threading, warnings
for holder in (builtins, math, np, np.random, os, sys):
    print(sorted(vars(holder)))
print(sorted(sys.modules), sys.path, sys.argv, sys.getrecursionlimit(), sorted(linecache.cache), len(gc.garbage))
print(sorted(os.environ.items()), os.getcwd.__module__, threading.active_count(), warnings.filters)
print(np.get_printoptions(), np.geterr(), decimal.getcontext(), logging.root.handlers, gc.get_threshold())
fresh = [np.empty(size).tobytes().count(b'Minerva') for size in (2, 8, 80, 1000, 10**5) for _ in range(50)]
dx = float(sum(fresh))
"""
UPSETS = """
import builtins, decimal, gc, linecache, logging, math, os, sys, threading, warnings
secret = 'the owl of Minerva'
for holder in (builtins, math, np, np.random, os, sys):
    holder.left = secret
held = [np.frombuffer(secret.encode() * 40, np.uint8, 8 * 80).copy() for _ in range(100)]
sys.modules['left'] = sys; sys.path.append(secret); sys.setrecursionlimit(50_000); os.environ['LEFT'] = secret
np.set_printoptions(precision=1); np.seterr(all='ignore'); warnings.simplefilter('ignore'); gc.set_threshold(1)
decimal.getcontext().prec = 3; linecache.cache[secret] = (1, None, [secret], secret)
dx = 6
"""
WHOLE = Limits(stdout_bytes=64 << 10)
HOSTILE = (
    "",
    "os.write(3, b'x' * 10**6)",
    "os.write(3, b'GGr2' + b'\\xff' * 8)",
    "os.write(3, b'GGr2\\0\\0\\0\\0\\x10\\0\\0\\0{'); os._exit(0)",
    "os.write(3, b'L'); os.write(3, b'Stack (most recent call first):\\n')",
    "while True: pass",
    "os._exit(0)",
    "import ctypes; ctypes.string_at(0)",
    "import ctypes; ctypes.CDLL(None).abort()",
    "np.ones(10**11)",
    "os.read(3, 1 << 20)",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_after_a_hostile_exchange_the_next_is_as_if_nothing_had_happened(sandbox: Sandbox, hostile: str) -> None:
    before = finished(sandbox.run(script(EVERYTHING), WHOLE))
    for _ in range(3):  # the next child has been forked before, or after
        sandbox.run(script(UPSETS + hostile, 3.0, POINT), Limits(wall_seconds=0.3))
        after = finished(sandbox.run(script(EVERYTHING), WHOLE))
        assert number(after.answers[0].candidates["dx"]) == 0.0
        assert (after.stdout, after.notes) == (before.stdout, ())


def test_what_is_compared_shows_what_is_ones_own(sandbox: Sandbox) -> None:
    upset = finished(sandbox.run(script(UPSETS + "del held\n" + EVERYTHING), WHOLE))
    assert upset.stdout.count("'left'") == 7
    assert number(upset.answers[0].candidates["dx"]) > 0
