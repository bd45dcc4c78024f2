"""Graders that run a file, of which each is handed the same check by hand: what a teacher could use instead."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import by_hand
from tests.benchmarks.measured import ROOT, Missing, peer

FILES = ROOT / "tests" / "submissions" / "two-layer"
STUDENT, RIGHT = FILES / "derivative_at_the_wrong_variable.py", FILES / "function.py"
CHECK = Path(by_hand.__file__).read_text("utf-8")
Accepts = Callable[[Path], bool]
"""Whether a student's file is right."""


def ran(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """A peer's command, which may say by its status that the submission is wrong."""
    found = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}  # nbgrader starts Alembic
    found["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # plugins that happen to be here are not pytest's
    return subprocess.run(command, cwd=folder, env=found, capture_output=True, text=True, check=False)


def cold_process(folder: Path) -> Accepts:
    (folder / "check.py").write_text(f"{CHECK}\nfrom student import backward_propagation\n"
                                     "raise SystemExit(0 if right(backward_propagation) else 1)\n")  # fmt: skip

    def accepts(student: Path) -> bool:
        shutil.copy(student, folder / "student.py")
        return ran([sys.executable, "check.py"], folder).returncode == 0

    return accepts


def pytest_on_a_file(folder: Path) -> Accepts:
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


def otter(folder: Path) -> Accepts:
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


def nbgrader(folder: Path) -> Accepts:
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


@dataclass(frozen=True)
class Graders:
    """Those that are here, and why the others are not."""

    here: Mapping[str, Accepts]
    missing: Mapping[str, str]


def graders(folder: Path) -> Graders:
    """Each with a folder of its own, and seen to tell the wrong submission from the right one."""
    here: dict[str, Accepts] = {}
    missing: dict[str, str] = {}
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
        here[name] = accepts
    return Graders(here, missing)
