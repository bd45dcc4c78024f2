"""Grading one wrong `two-layer`, everything on, beside graders that run a file, and beside the least they could pay."""

from __future__ import annotations

import itertools
import subprocess
import sys
from contextlib import ExitStack
from functools import partial

from grader import TRIAL_SETS, Sandbox, catalogue, grade, read_code, trial_set
from grader.explain import explain
from tests.benchmarks.graders import STUDENT, Graders
from tests.benchmarks.measured import OURS, Row, Sample, Section, Work, in_turn
from tests.recall.table import judged, points, singles

SLOW = ("otter", "nbgrader")
# Forks, each waited for, as often as it is told to, by a process that has nothing but NumPy.
FORKS = """
import os, sys
import numpy
for line in sys.stdin:
    if not (child := os.fork()):
        os._exit(0)
    os.waitpid(child, 0)
    print(flush=True)
"""


def forks(stack: ExitStack) -> Work:
    """A bare fork, until it has ended."""
    command = [sys.executable, "-c", FORKS]
    process = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))

    def fork() -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        print(file=process.stdin, flush=True)
        process.stdout.readline()

    stack.callback(process.communicate)
    return fork


def ours(stack: ExitStack) -> Work:
    """Our grading, of another set of points each time."""
    exercise = catalogue()["two-layer"]
    submission = read_code(STUDENT.read_bytes(), STUDENT.name)
    sandbox = stack.enter_context(Sandbox())
    turn = itertools.cycle([trial_set(exercise, b"benchmark", number) for number in range(TRIAL_SETS)])

    def work() -> None:
        assert grade(exercise, submission, next(turn), sandbox).verdict == "mismatch"

    return work


def measure(peers: Graders, quick: bool) -> Section:
    """In rounds; whatever takes seconds is in few of them."""
    rounds = 20 if quick else 120
    with ExitStack() as stack:
        works: dict[str, tuple[Work, int]] = {OURS: (ours(stack), 1), "bare fork": (forks(stack), 1)}
        in_turn(works, 20)
        for name, accepts in peers.here.items():
            times = (1 if quick else 3) if name in SLOW else 10
            works[name] = (partial(accepts, STUDENT), rounds // times)
        samples: dict[str, Sample] = {**in_turn(works, rounds), **peers.missing}
        in_a_row = in_turn({OURS: works[OURS]}, rounds, pause=0)
    rows = [
        Row("now and then, as students hand in", samples, "p50 6 ms, 50× pytest, 500× otter"),
        Row("one after another, as at a deadline", in_a_row),
        Row("of which naming the mistake, for each of the exercise's", {OURS: diagnosis()}, "10 ms"),
    ]
    return Section("grading", "Grading one wrong submission in a warm worker", rows)


def diagnosis() -> list[float]:
    """Explaining the answers that each of `two-layer`'s mistakes leads to, beyond the comparison; nothing is run."""
    exercise = catalogue()["two-layer"]
    answers = [judged(exercise, interface, [mistake]) for interface, mistake, _ in singles(exercise)]
    turn = itertools.cycle(one for one in answers if one is not None)
    explain(exercise, points(exercise), next(turn))
    work = {OURS: (lambda: explain(exercise, points(exercise), next(turn)), 1)}
    return in_turn(work, len(answers), pause=0)[OURS]
