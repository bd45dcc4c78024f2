"""Measures the sandbox alone, beside what it could be instead, in one run:

    python -m tests.benchmarks.sandbox [--rounds 200]

Every round makes one of each, so that whatever else the machine does is in all of them: only ratios within one run
compare, and the least of many is what each takes when nothing disturbs it. `bwrap` is measured where it is installed
(Debian: bubblewrap), memory where its children may be looked at (by root): they cannot be by anybody else.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Any

from grader import Sandbox, catalogue, read_code, trial_set
from grader.grade import _job
from grader.sandbox import Finished, Job
from tests.benchmarks.graders import STUDENT
from tests.benchmarks.grading import forks
from tests.benchmarks.measured import ROOT, Sample, Work, in_turn
from tests.benchmarks.processes import memory_of

LANES, LANE_SECONDS = 2, 5.0
IMPORT_NUMPY = [sys.executable, "-c", "import numpy"]
BWRAP = "bwrap --ro-bind / / --dev /dev --proc /proc --unshare-all --die-with-parent --new-session --".split()

# A worker as the service starts one, after its first submission, until its input ends.
WORKER = """
import sys, time
from pathlib import Path
import service.worker
from grader import Sandbox, catalogue, grade, read_code, trial_set

exercise = catalogue()["two-layer"]
with Sandbox() as sandbox:
    submission = read_code(Path(sys.argv[1]).read_bytes(), "student.py")
    grade(exercise, submission, trial_set(exercise, b"benchmark", 0), sandbox)
    time.sleep(0.5)  # the next child is ready
    print(flush=True)
    sys.stdin.read()
"""


def jobs() -> list[Job]:
    """A wrong `two-layer` at six points each."""
    exercise = catalogue()["two-layer"]
    submission = read_code(STUDENT.read_bytes(), STUDENT.name)
    return [_job(exercise, submission, trial_set(exercise, b"benchmark", number)) for number in range(8)]


def finish(sandbox: Sandbox, job: Job) -> None:
    outcome = sandbox.run(job)
    if not isinstance(outcome, Finished):
        raise RuntimeError(f"the benchmark's job failed: {outcome}")


def lane(seconds: float) -> tuple[float, float]:
    """Jobs per second, one after another in a sandbox of this process, and the CPU seconds that each takes: of this
    process, the zygote, and the children."""
    turn = itertools.cycle(jobs())
    with Sandbox() as sandbox:
        for _ in range(10):
            finish(sandbox, next(turn))
    before, count = cpu_seconds(), 0
    with Sandbox() as sandbox:
        finish(sandbox, next(turn))
        start, begin = time.process_time(), time.perf_counter()
        while (lasted := time.perf_counter() - begin) < seconds:
            finish(sandbox, next(turn))
            count += 1
        here = time.process_time() - start
    started = cpu_seconds() - before
    with Sandbox() as sandbox:  # what it takes to start one, and a job
        finish(sandbox, next(turn))
    return count / lasted, (here + 2 * started - (cpu_seconds() - before)) / count


def cpu_seconds() -> float:
    """Of all processes that this one has waited for, and that they have."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory() -> Sample:
    """PSS in MiB of a worker, its zygote and its waiting children."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", WORKER, STUDENT], cwd=ROOT, **pipes) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        try:
            return memory_of(worker.pid)
        finally:
            worker.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    turn = itertools.cycle(jobs())
    with Sandbox() as sandbox, ExitStack() as stack:
        kinds: dict[str, tuple[Work, int]] = {
            "job to result, two-layer, 6 trials": (lambda: finish(sandbox, next(turn)), 1),
            "a bare fork of a process with NumPy": (forks(stack), 1),
            "python -c 'import numpy'": (lambda: subprocess.run(IMPORT_NUMPY, check=True), 10),
        }
        if shutil.which(BWRAP[0]):
            kinds["bwrap … python -c 'import numpy'"] = (lambda: subprocess.run(BWRAP + IMPORT_NUMPY, check=True), 10)
        in_turn(kinds, 20)
        found = in_turn(kinds, options.rounds)
    job, *_ = found.values()
    for name, seconds in found.items():
        least, p50, p95 = seconds[0], statistics.median(seconds), seconds[int(0.95 * (len(seconds) - 1))]
        ratio = f"{p50 / statistics.median(job):.2f} of a job, the least {least / job[0]:.2f}"
        told = f"least {1e3 * least:6.2f}   p50 {1e3 * p50:6.2f}   p95 {1e3 * p95:6.2f} ms"
        print(f"{name:<36} {told}   {'floor p50 2.5 ms, p95 6 ms' if seconds is job else ratio}", flush=True)
    with multiprocessing.get_context("spawn").Pool(LANES) as pool:
        lanes = pool.map(lane, [LANE_SECONDS] * LANES, chunksize=1)
    rate, cpu = sum(rate for rate, _ in lanes), statistics.mean(cpu for _, cpu in lanes)
    print(
        f"{LANES} lanes: {rate:.0f} jobs/s on {os.cpu_count()} processors, {1e3 * cpu:.1f} ms of CPU each   floor 250/s"
    )
    found_memory = memory()
    told = found_memory if isinstance(found_memory, str) else f"{found_memory[0]:.1f} MiB"
    print(f"PSS of a worker, its zygote, waiting children: {told}   floor 130 MB")


if __name__ == "__main__":
    main()
