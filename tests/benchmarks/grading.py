"""Grading one wrong `two-layer`, everything on, beside graders that run a file, and beside the least they could pay."""

from __future__ import annotations

import importlib
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from grader import TRIAL_SETS, Sandbox, catalogue, grade, read_code, trial_set
from grader.explain import explain
from tests.benchmarks import by_hand
from tests.benchmarks.measured import OURS, Missing, Row, Sample, Section, Work, in_turn, peer
from tests.recall.table import judged, points, singles

ROOT = Path(__file__).parents[2]
FILES = ROOT / "tests" / "submissions" / "two-layer"
STUDENT, RIGHT = FILES / "derivative_at_the_wrong_variable.py", FILES / "function.py"
CHECK = Path(by_hand.__file__).read_text("utf-8")
TOLD = """The submission takes tanh's derivative at `Z1`. This project runs it in its sandbox at the worked example and
five hidden points, compares six gradients, and names the mistake; a process that lives grades one after another, with a
pause between them in the first row. The peers run a check that a teacher wrote by hand
([by_hand.py](../tests/benchmarks/by_hand.py)) at as many points, which says right or wrong; each was seen to tell this
submission from a right one. *Cold NumPy process* is the same check as a script, *bare fork* a fork of a process that
has NumPy loaded, which does nothing."""

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


def ran(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """A peer's command, which may say by its status that the submission is wrong."""
    found = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}  # nbgrader starts Alembic
    return subprocess.run(command, cwd=folder, env=found, capture_output=True, text=True, check=False)


def cold_process(folder: Path) -> Callable[[Path], bool]:
    (folder / "check.py").write_text(f"{CHECK}\nfrom student import backward_propagation\n"
                                     "raise SystemExit(0 if right(backward_propagation) else 1)\n")  # fmt: skip

    def accepts(student: Path) -> bool:
        shutil.copy(student, folder / "student.py")
        return ran([sys.executable, "check.py"], folder).returncode == 0

    return accepts


def pytest_on_a_file(folder: Path) -> Callable[[Path], bool]:
    peer("pytest")
    (folder / "test_student.py").write_text(
        f"{CHECK}\nfrom student import backward_propagation\n\n"
        "def test_backward_propagation():\n    assert right(backward_propagation)\n"
    )

    def accepts(student: Path) -> bool:
        shutil.copy(student, folder / "student.py")
        run = ran([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_student.py"], folder)
        assert run.returncode in (0, 1), run.stdout
        return run.returncode == 0

    return accepts


def write_notebook(where: Path, *cells: str, **metadata: dict[str, object]) -> None:
    """A notebook of these cells; `metadata` is of cells by their number, c0, c1 and so on."""
    nbformat = importlib.import_module("nbformat")
    made = [nbformat.v4.new_code_cell(text, id=f"c{number}") for number, text in enumerate(cells)]
    for cell in made:
        cell.metadata["nbgrader"] = metadata.get(cell.id, {})
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    where.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(metadata=kernel, cells=made), where)


def otter(folder: Path) -> Callable[[Path], bool]:
    """`otter run` of a notebook, without a container."""
    peer("otter")
    code = ">>> from by_hand import right\n>>> right(backward_propagation)\nTrue"
    case = {"code": code, "hidden": False, "locked": False}
    suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
    test = {"name": "q1", "points": 8, "suites": [suite]}
    (folder / "tests").mkdir()
    (folder / "tests" / "q1.py").write_text(f"OK_FORMAT = True\ntest = {test!r}\n")
    (folder / "otter_config.json").write_text('{"lang": "python"}')
    command = [sys.executable, "-m", "otter"]
    (folder / "by_hand.py").write_text(CHECK)
    made = ran([*command, "generate", "-t", "tests", "-o", "autograder.zip", "by_hand.py"], folder)
    if made.returncode:
        raise Missing("`otter generate` failed")

    def accepts(student: Path) -> bool:
        write_notebook(folder / "student.ipynb", student.read_text("utf-8"))
        ran([*command, "run", "-a", "autograder.zip", "-o", ".", "student.ipynb"], folder)
        scores = [test.get("score") for test in json.loads((folder / "results.json").read_text())["tests"]]
        (folder / "results.json").unlink()
        return 8 in scores

    return accepts


def nbgrader(folder: Path) -> Callable[[Path], bool]:
    """`nbgrader autograde` of one submission."""
    peer("nbgrader")
    marks = {"locked": False, "schema_version": 3, "task": False, "grade": False, "solution": True}
    solution = {**marks, "grade_id": "solution"}
    tests = {**marks, "grade_id": "tests", "locked": True, "grade": True, "solution": False, "points": 8}

    def write(text: str, where: Path) -> None:
        check = f"{CHECK}\nassert right(backward_propagation)"
        write_notebook(where / "hw" / "two-layer.ipynb", text, check, c0=solution, c1=tests)

    command = [sys.executable, "-m", "nbgrader"]
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'course'\n")
    write("### BEGIN SOLUTION\npass\n### END SOLUTION", folder / "source")
    if ran([*command, "generate_assignment", "hw"], folder).returncode:
        raise Missing("`nbgrader generate_assignment` failed")

    def accepts(student: Path) -> bool:
        write(student.read_text("utf-8"), folder / "submitted" / "student")
        run = ran([*command, "autograde", "hw", "--student", "student", "--force"], folder)
        assert not run.returncode, run.stderr
        with closing(sqlite3.connect(folder / "gradebook.db")) as book:
            return bool(book.execute("SELECT max(auto_score) FROM grade").fetchone()[0] == 8)

    return accepts


GRADERS = {"pytest": pytest_on_a_file, "otter": otter, "nbgrader": nbgrader, "cold NumPy process": cold_process}
SLOW = ("otter", "nbgrader")


def graders(folder: Path) -> tuple[dict[str, Callable[[Path], bool]], dict[str, Sample]]:
    """Those that are here and tell the wrong submission from the right one, and why the others are not."""
    found: dict[str, Callable[[Path], bool]] = {}
    missing: dict[str, Sample] = {}
    for name, make in GRADERS.items():
        own = folder / name.replace(" ", "-")
        own.mkdir()
        try:
            accepts = make(own)
        except Missing as reason:
            missing[name] = str(reason)
            continue
        if accepts(STUDENT) or not accepts(RIGHT):
            raise RuntimeError(f"{name} does not tell a wrong submission from a right one")
        found[name] = accepts
    return found, missing


def measure(folder: Path, quick: bool) -> Section:
    """In rounds; whatever takes seconds is in few of them."""
    rounds = 20 if quick else 120
    found, samples = graders(folder)
    with ExitStack() as stack:
        works: dict[str, tuple[Work, int]] = {OURS: (ours(stack), 1), "bare fork": (forks(stack), 1)}
        for name, accepts in found.items():
            times = (1 if quick else 3) if name in SLOW else 10
            works[name] = (partial(accepts, STUDENT), rounds // times)
        in_turn({name: works[name] for name in (OURS, "bare fork")}, 20)
        samples = {**in_turn(works, rounds), **samples}
        in_a_row = in_turn({OURS: works[OURS]}, rounds, pause=0)
    rows = [
        Row("now and then, as students hand in", samples, "p50 6 ms, 50× pytest, 500× otter"),
        Row("one after another, as at a deadline", in_a_row),
        Row("of which naming the mistake, for each of the exercise's", {OURS: diagnosis()}, "10 ms"),
    ]
    return Section("grading", "Grading one wrong submission in a warm worker", TOLD, rows)


def diagnosis() -> list[float]:
    """Explaining the answers that each of `two-layer`'s mistakes leads to, beyond the comparison; nothing is run."""
    exercise = catalogue()["two-layer"]
    answers = [judged(exercise, interface, [mistake]) for interface, mistake, _ in singles(exercise)]
    turn = itertools.cycle(one for one in answers if one is not None)
    explain(exercise, points(exercise), next(turn))
    work = {OURS: (lambda: explain(exercise, points(exercise), next(turn)), 1)}
    return in_turn(work, len(answers), pause=0)[OURS]
