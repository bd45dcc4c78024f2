"""A breach of a limit tells what was reached, and the student's line where it can be known."""

import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from grader.sandbox import Failed, Limits, Sandbox, conversation, processes
from grader.sandbox.conversation import MOST_DELAYED
from grader.sandbox.frames import Replies
from tests.grader.sandbox.jobs import failed, finished, first, number, script
from tests.grader.sandbox.test_notebooks import notebook

SHORT = Limits(wall_seconds=0.5)
ENDLESS = {
    "in a loop of NumPy's": ("dx = 6\nA = np.ones((300, 300))\nwhile True:\n    A = A @ A / 300", (4,)),
    "within one call into C": ("dx = 6\nn = sum(\n    range(10**12))", (2, 3)),
    "in a regular expression": ("import re\ndx = 6\nre.match('(a+)+$', 'a' * 60 + 'b')", (3,)),
    "in a generator that C calls": ("def ones():\n    while True:\n        yield 1\n\ndx = sum(ones())", (2, 3, 5)),
    "in a function that C calls": ("dx = 6\ndef key(a):\n    return sum(range(10**12))\nsorted([1, 2], key=key)", (3,)),
}
GREEDY = {
    "for an array": "dx = 6\nA = np.ones((10**5, 10**5))",
    "for a list, in a function": "dx = 6\ndef f(): return list(range(10**9))\nf()",
    "for a string": "dx = 'x'\nwhile True: dx += dx",
}


@pytest.mark.parametrize(("source", "lines"), ENDLESS.values(), ids=ENDLESS.keys())
def test_what_is_out_of_time_tells_its_line(sandbox: Sandbox, source: str, lines: tuple[int, ...]) -> None:
    outcome = failed(sandbox.run(script(source), SHORT))
    assert (outcome.code, outcome.parameters) == ("timed_out", {"seconds": 0.5})
    assert outcome.line in lines


def test_in_a_notebook_it_tells_the_cell_too(sandbox: Sandbox) -> None:
    source = notebook("dx = 6", "y = 1\nwhile True:\n    pass")
    outcome = failed(sandbox.run(script(source, notebook=True), SHORT))
    assert outcome.parameters == {"seconds": 0.5, "cell": 2}
    assert outcome.line in (2, 3)


def test_what_computes_for_too_long_tells_its_line(sandbox: Sandbox) -> None:
    outcome = failed(sandbox.run(script("dx = 6\nwhile True: pass"), Limits(wall_seconds=30, cpu_seconds=1)))
    assert (outcome.code, outcome.parameters, outcome.line) == ("cpu_time_exceeded", {"seconds": 1}, 2)


def test_a_line_or_a_cell_that_is_not_there_is_not_told(sandbox: Sandbox) -> None:
    """Else a hidden call could tell its input by where it says that it is."""
    trace = 'Stack (most recent call first):\\n  File "{file}", line {line} in f\\n'
    told = "import os\ndx = 6\nos.write(3, b'{}')\nwhile True: pass"
    forged = failed(sandbox.run(script(told.format(trace.format(file="submission.py", line=123456))), SHORT))
    assert forged.line is None
    cell = told.format(trace.format(file="code cell 123456", line=2))
    assert "cell" not in failed(sandbox.run(script(notebook(cell), notebook=True), SHORT)).parameters


@pytest.mark.parametrize("source", GREEDY.values(), ids=GREEDY.keys())
def test_what_is_out_of_memory_tells_its_line(sandbox: Sandbox, source: str) -> None:
    outcome = failed(sandbox.run(script(source), Limits(memory_bytes=300 << 20)))
    assert (outcome.code, outcome.parameters, outcome.line) == ("out_of_memory", {"limit_mib": 300, "cell": 0}, 2)


def test_and_its_cell(sandbox: Sandbox) -> None:
    outcome = failed(sandbox.run(script(notebook("dx = 6", "\nA = np.ones(10**11)"), notebook=True)))
    assert (outcome.parameters, outcome.line) == ({"limit_mib": 600, "cell": 2}, 2)


def test_a_memory_error_that_is_caught_is_no_breach(sandbox: Sandbox) -> None:
    finished(sandbox.run(script("dx = 6\ntry: A = np.ones(10**11)\nexcept MemoryError: pass")))


def test_output_that_is_cut_tells_the_line_that_wrote_too_much(sandbox: Sandbox) -> None:
    source = "dx = 6\ndef tell(n):\n    print('n' * n)\ntell(10)\ntell(2000)"
    outcome = finished(sandbox.run(script(source), Limits(stdout_bytes=1000)))
    assert len(outcome.stdout) == 1000
    assert outcome.notes == (("stdout_cut", {"limit": 1000}), ("stdout_cut_in_line", {"cut_line": 3}))


def test_and_in_which_cell(sandbox: Sandbox) -> None:
    outcome = finished(sandbox.run(script(notebook("dx = 6", "\nprint('n' * 10**5)"), notebook=True)))
    assert outcome.notes[1] == ("stdout_cut_in_cell", {"cut_line": 2, "cut_cell": 2})


def test_the_lesser_limit_holds() -> None:
    one, other = Limits(wall_seconds=1, memory_bytes=300 << 20), Limits(wall_seconds=2, stdout_bytes=9)
    assert one.within(other) == Limits(wall_seconds=1, memory_bytes=300 << 20, stdout_bytes=9)


COMPUTES = """
import time
until = time.process_time() + 0.1
while time.process_time() < until: pass
dx = 2 * x
"""


def test_what_it_waits_for_a_processor_is_not_counted() -> None:
    """Others have four fifths of the only one: what computes for 0.2 s, in two calls, is not out of time after 0.5."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(everywhere)})  # and all that are begun from here on
    try:
        with Sandbox() as sandbox, ExitStack() as others:
            assert number(first(sandbox.run(script("dx = 2 * x"))).candidates["dx"]) == 6.0
            for _ in range(4):
                busy = others.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
                others.callback(busy.kill)
            outcome = finished(sandbox.run(script(COMPUTES), SHORT))
            assert number(outcome.answers[0].candidates["dx"]) == 6.0
            waits = failed(sandbox.run(script("import threading\ndx = 6\nthreading.Event().wait()"), SHORT))
            assert (waits.code, waits.wall_seconds < 10) == ("timed_out", True)
    finally:
        os.sched_setaffinity(0, everywhere)


PAUSED = """
import contextlib, glob, os, signal, sys, time

def family(pid):
    told = [int(child) for task in glob.glob(f"/proc/{pid}/task/*/children") for child in open(task).read().split()]
    return [pid, *(each for child in told if child != os.getpid() for each in family(child))]

print(flush=True)
time.sleep(0.15)
everybody = family(int(sys.argv[1]))

def send(number):
    for pid in everybody:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

try:
    send(signal.SIGSTOP)
    time.sleep(1.5)
finally:
    send(signal.SIGCONT)
"""


def test_nor_is_the_time_for_which_the_machine_stands_still(sandbox: Sandbox) -> None:
    """As one does that is paused or moved: here this process and all that it has begun."""
    computes = script(COMPUTES.replace("0.1", "0.3"))
    command = [sys.executable, "-c", PAUSED, str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as pauses:
        assert pauses.stdout
        assert pauses.stdout.read(1)
        outcome = finished(sandbox.run(computes, Limits(wall_seconds=1.2)))
    assert pauses.returncode == 0
    assert outcome.wall_seconds > 1.5


def test_who_has_answered_in_time_is_not_late_because_we_are(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    add = Replies.add

    def add_late(replies: Replies, reply: bytes) -> Failed | None:
        time.sleep(0.6)
        return add(replies, reply)

    monkeypatch.setattr(Replies, "add", add_late)
    assert len(finished(sandbox.run(script("dx = 6", 1.0, 2.0), SHORT)).answers) == 2


def test_where_there_is_no_processor_to_spare_it_is_our_fault(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes.Locked, "delayed", lambda child: MOST_DELAYED + 1)
    monkeypatch.setattr(conversation, "MOST_DELAYED", 0.1)
    outcome = failed(sandbox.run(script("dx = 6\nwhile True: pass"), SHORT))
    assert (outcome.status, outcome.code) == ("sandbox_error", "sandbox_error")
    assert 0.6 <= outcome.wall_seconds


@pytest.mark.parametrize(("killed", "status"), [(3, "out_of_memory"), (4, "sandbox_error")])
def test_who_is_killed_by_the_kernel_for_what_others_use_did_nothing_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: int, status: str
) -> None:
    bound, told = processes.Locked.bound, tmp_path / "vmstat"

    def bound_and_killed(child: processes.Locked, memory_bytes: int, cpu_seconds: int) -> None:
        bound(child, memory_bytes, cpu_seconds)
        told.write_text(f"nr_free_pages 7\noom_kill {killed}\n")
        threading.Timer(0.2, child.kill).start()

    told.write_text("oom_kill 3\n")
    monkeypatch.setattr(processes, "VMSTAT", told)
    monkeypatch.setattr(processes.Locked, "bound", bound_and_killed)
    with Sandbox() as sandbox:
        assert failed(sandbox.run(script("dx = 6\nwhile True: pass"))).status == status


def test_a_kernel_that_does_not_tell_has_delayed_nothing(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "SCHEDSTAT", "/nowhere/{}")
    outcome = failed(sandbox.run(script("dx = 6\nwhile True: pass"), SHORT))
    assert (outcome.code, outcome.line) == ("timed_out", 2)
