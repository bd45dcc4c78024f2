"""Measures the floors that this project promises, beside what a teacher could use instead, in one run:

    python -m tests.benchmarks [--redis]

Prints medians and ratios. Nothing here is a test: machines are noisy, and only ratios within one run compare.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.over_http import hand_in_to_report

ROOT = Path(__file__).parent.parent.parent
STUDENT = ROOT / "tests" / "submissions" / "two-layer" / "derivative_at_the_wrong_variable.py"

COLD = """
import time
import numpy, sympy, ruamel.yaml
from importlib import resources
from grader import read_exercise, worked_example
text = (resources.files("grader") / "exercises" / "two-layer.yaml").read_text("utf-8")
before = time.perf_counter()
exercise = read_exercise(text)
worked_example(exercise)
print(time.perf_counter() - before)
"""


def timed(work: Callable[[], object], repeats: int, pause: float = 0.0) -> list[float]:
    """Seconds of each of `repeats` calls, with `pause` seconds between them, sorted."""
    found = []
    for _ in range(repeats):
        time.sleep(pause)
        before = time.perf_counter()
        work()
        found.append(time.perf_counter() - before)
    return sorted(found)


def told(name: str, seconds: list[float], beside: str = "") -> None:
    p50, p95 = statistics.median(seconds), seconds[int(0.95 * (len(seconds) - 1))]
    print(f"{name:<58} p50 {1e3 * p50:7.1f} ms   p95 {1e3 * p95:7.1f} ms   {beside}", flush=True)


def cold_derivation() -> list[float]:
    """Reading and deriving `two-layer`, in fresh processes, after the imports."""
    runs = [subprocess.run([sys.executable, "-c", COLD], capture_output=True, check=True, cwd=ROOT) for _ in range(7)]
    return sorted(float(run.stdout) for run in runs)


def student_alone() -> list[float]:
    """`python student.py`, which imports NumPy and defines a function: what any grader that starts a process pays."""
    return timed(lambda: subprocess.run([sys.executable, STUDENT], check=True), 15)


def warm_grading() -> tuple[list[float], list[float]]:
    """Grading a wrong `two-layer` in this process, sandbox and six trials included: one now and then, as a student
    hands in, and one after another, as at a deadline, where the next child is still rehearsing."""
    from grader import TRIAL_SETS, Sandbox, catalogue, grade, read_code, trial_set

    exercise = catalogue()["two-layer"]
    submission = read_code(STUDENT.read_bytes(), STUDENT.name)
    sets = [trial_set(exercise, b"benchmark", number) for number in range(TRIAL_SETS)]
    with Sandbox() as sandbox:
        for points in sets[:20]:
            grade(exercise, submission, points, sandbox)
        turn = itertools.cycle(sets)

        def one() -> object:
            return grade(exercise, submission, next(turn), sandbox)

        return timed(one, 150, pause=0.02), timed(one, 300)


def diagnosis() -> list[float]:
    """Explaining the answers that each of `two-layer`'s mistakes leads to, beyond the comparison; nothing is run."""
    from grader import catalogue
    from grader.explain import explain
    from tests.recall.table import judged, points, singles

    exercise = catalogue()["two-layer"]
    answers = [judged(exercise, interface, [mistake]) for interface, mistake, _ in singles(exercise)]
    turn = itertools.cycle(one for one in answers if one is not None)
    explain(exercise, points(exercise), next(turn))
    return timed(lambda: explain(exercise, points(exercise), next(turn)), len(answers))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--redis", action="store_true", help="also hand in over HTTP with Redis as the broker")
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    told("reading and deriving two-layer, cold, after imports", cold_derivation(), "floor 100 ms")
    alone, (now_and_then, in_a_row) = student_alone(), warm_grading()
    told("python student.py (imports NumPy)", alone)
    for name, seconds in (("now and then", now_and_then), ("one after another", in_a_row)):
        ratio = statistics.median(alone) / statistics.median(seconds)
        told(f"grading a wrong two-layer, 6 trials, {name}", seconds, f"floor 8 ms, 15x; {ratio:.1f}x faster")
    told("naming each mistake of two-layer, beyond the comparison", diagnosis(), "floor 10 ms")
    with tempfile.TemporaryDirectory() as folder:
        seconds = hand_in_to_report(Path(folder), STUDENT.read_text("utf-8"), redis=False)
    told("hand-in over HTTP to report, embedded", seconds, "floor 40 ms")
    if options.redis:
        with tempfile.TemporaryDirectory() as folder:
            seconds = hand_in_to_report(Path(folder), STUDENT.read_text("utf-8"), redis=True)
        told("hand-in over HTTP to report, Redis", seconds, "floor 40 ms")


if __name__ == "__main__":
    main()
