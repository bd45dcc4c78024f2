"""What SymPy derives of gates, and what of it is known beforehand."""

import json
import subprocess
import sys
from pathlib import Path

import grader
from grader import catalogue, read_exercise
from grader.elementwise import rule
from grader.known_rules import known_rules

OWN = "name: own\ninputs: {x: , y: }\nforward: |\n  f = tanh(x * y) * cos(x) / (3 + y**4)\ngradients: [dx, dy]\n"
SUBMISSIONS = Path(__file__).parents[1] / "submissions"
WITHOUT_SYMPY = """
import sys
from pathlib import Path
sys.modules["sympy"] = None  # whoever imports it fails
from grader import Sandbox, catalogue, curve, draw_variant, grade, read_code, read_exercise, trial_set, worked_example
verdicts = set()
with Sandbox() as sandbox:
    own = read_exercise(sys.argv[2])
    assert grade(own, read_code("dx = dy = 1.0"), trial_set(own, b"secret", 0), sandbox).verdict == "mismatch"
    given = {name: draw_variant(exercise, b"secret", "a student") for name, exercise in catalogue().items()}
    for name, exercise in (*catalogue().items(), *given.items()):
        points = trial_set(exercise, b"secret", 0)
        for file in sorted(Path(sys.argv[1], name).glob("*.py"))[:4]:
            verdicts.add(grade(exercise, read_code(file.read_bytes(), file.name), points, sandbox).verdict)
print(*sorted(verdicts))
"""


def test_what_is_known_beforehand_is_what_sympy_derives() -> None:
    known = json.loads((Path(grader.__file__).parent / "rules.json").read_text("utf-8"))
    assert known == known_rules(catalogue().values()), "make it anew: python -m grader.known_rules"


def test_the_catalogue_and_courses_own_exercises_are_graded_without_sympy() -> None:
    command = [sys.executable, "-c", WITHOUT_SYMPY, str(SUBMISSIONS), OWN]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    assert {"match", "mismatch"} <= set(run.stdout.split())


def test_what_is_not_known_is_derived() -> None:
    known = known_rules([read_exercise(OWN)])
    assert len(known) > len(known_rules([]))
    for key, expected in known.items():
        what, definition, arity, *which = key.split("; ")
        assert rule(what, definition, int(arity), *(int(w) if w.isdigit() else w for w in which)) == expected
