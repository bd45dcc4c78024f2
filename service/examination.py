"""An exercise that somebody wrote, examined before it is used: read here, where reading is bounded, and then held
against its witnesses in a process of its own, bounded in time and memory and without the service's secrets.

`python -m service.examination 10` is that process, which may take 10 s of a processor: YAML on standard input, the
preview as JSON on standard output.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from dataclasses import asdict
from typing import Any

from grader import LANGUAGES, Exercise, ExerciseError, examine, markdown, read_exercise, skeleton

SECONDS = 10.0
"""Of a processor: that others need it, too, is not the author's fault."""
LONGEST = 30.0
"""Seconds that pass."""
MEMORY = 1 << 30
_AT_ONCE, _WAITING = 2, 4
_TOO_MUCH_MEMORY = "the program is too large: its witnesses take too much memory"

_places = threading.BoundedSemaphore(_AT_ONCE)
_door = threading.BoundedSemaphore(_AT_ONCE + _WAITING)  # who waits holds a thread that others may need


class Busy(Exception):
    """So many exercises are being examined, or the machine is so busy, that this one could not be in time: ask
    again."""

    retry_after = 2


def examined(source: str) -> tuple[Exercise, dict[str, Any]]:
    """The exercise that the YAML `source` states, and what its author is shown: see `preview`. Raises ExerciseError,
    also where the witnesses do not agree or the exercise takes too long; Busy."""
    exercise = read_exercise(source.replace("\r\n", "\n"))
    if not _door.acquire(blocking=False):
        raise Busy
    try:
        answer = _in_turn(exercise.source)
    finally:
        _door.release()
    if "reason" in answer:
        raise ExerciseError(answer["reason"], answer["line"])
    return exercise, answer


def preview(exercise: Exercise) -> dict[str, Any]:
    """All that follows from an exercise, as plain data. Raises ExerciseError."""
    found = examine(exercise)
    return {
        "name": exercise.name,
        "title": dict(exercise.title),
        "digest": exercise.digest,
        "forward": exercise.forward,
        "dimensions": dict(exercise.dimensions),
        "max_score": exercise.max_score,
        "accepts_symbols": exercise.accepts_symbols,
        "table": [asdict(row) for row in found.table],
        "formulas": found.formulas,
        "sample": found.sample,
        "agreements": [
            {"name": row.name, "sizes": dict(row.sizes), "outright": row.outright, "numerical": row.numerical}
            for row in found.agreements
        ],
        "handout": {language: markdown(exercise, language) for language in LANGUAGES},
        "skeleton": {language: skeleton(exercise, language) for language in LANGUAGES},
    }


def _in_turn(source: str) -> dict[str, Any]:
    if not _places.acquire(timeout=SECONDS):
        raise Busy
    try:
        return _apart(source)
    finally:
        _places.release()


def _apart(source: str) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRADIENT_GRADER_")}
    command = [sys.executable, "-m", "service.examination", str(SECONDS)]
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, input=source.encode(), capture_output=True, timeout=LONGEST, env=environment | one_thread
        )
    except subprocess.TimeoutExpired:
        raise Busy from None
    if done.returncode == -signal.SIGPROF:
        return {"reason": f"the program is too large: its witnesses take longer than {SECONDS:g} s", "line": None}
    if done.returncode < 0:  # the limit met it where Python cannot say so
        return {"reason": _TOO_MUCH_MEMORY, "line": None}
    if done.returncode != 0:
        raise RuntimeError(f"an exercise could not be examined: {done.stderr.decode(errors='replace')[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.setitimer(signal.ITIMER_PROF, float(sys.argv[1]))  # ends the process
    answer: dict[str, Any]
    try:
        answer = preview(read_exercise(sys.stdin.buffer.read().decode()))
    except ExerciseError as error:
        answer = {"reason": error.reason, "line": error.line}
    except (MemoryError, RecursionError):
        answer = {"reason": _TOO_MUCH_MEMORY, "line": None}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    _main()
