"""The demo course: what its students hand in is judged as it was meant, and a second start changes nothing."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import func, select

from grader import Limits, Sandbox, catalogue, grade, read_code, read_symbols, trial_set
from service.authentication import by_token
from service.demo import make_demo
from service.models import Course, Submission, Token
from tests.service.conftest import Parts

DEMO = Path(str(resources.files("service.demo")))
SECRET = b"a secret of the tests' own, 32 bytes"
RIGHT: frozenset[str] = frozenset()
NOT_RUN = None

JUDGED: dict[str, frozenset[str] | None] = {
    "add/chained.py": RIGHT,
    "add/function.py": RIGHT,
    "add/one_missing.py": frozenset({"dy"}),
    "add/product_rule.py": frozenset({"dx", "dy"}),
    "add/script.py": RIGHT,
    "add-multiply/as_in_the_book.py": frozenset({"dz"}),
    "add-multiply/function.py": RIGHT,
    "add-multiply/gate_swapped.py": frozenset({"dq", "dz", "dx", "dy"}),
    "add-multiply/no_chain.py": frozenset({"dx", "dy"}),
    "add-multiply/script.py": RIGHT,
    "add-multiply/short_names.py": RIGHT,
    "add-multiply/typo.py": frozenset({"dx", "dy"}),
    "logistic-regression/brackets.py": frozenset({"da"}),
    "logistic-regression/column.py": frozenset({"dw"}),
    "logistic-regression/derivative_forgotten.py": frozenset({"dz", "dw", "db"}),
    "logistic-regression/from_scratch.py": RIGHT,
    "logistic-regression/function.py": RIGHT,
    "logistic-regression/label_minus_output.py": frozenset({"dz", "dw", "db"}),
    "logistic-regression/script.py": RIGHT,
    "maximum/comparison.py": RIGHT,
    "maximum/script.py": RIGHT,
    "maximum/smaller_wins.py": frozenset({"dx", "dy"}),
    "maximum/split.py": frozenset({"dx", "dy"}),
    "maximum/strict.py": frozenset({"dx", "dy"}),
    "maximum/where.py": RIGHT,
    "middle-layer/activation_for_derivative.py": frozenset({"dW", "db", "dX"}),
    "middle-layer/averaged.py": frozenset({"dW", "db"}),
    "middle-layer/einsum.py": RIGHT,
    "middle-layer/layer.py": RIGHT,
    "middle-layer/mask.py": RIGHT,
    "middle-layer/no_activation.py": frozenset({"dW", "db", "dX"}),
    "middle-layer/small_weights.py": frozenset({"W_start"}),
    "middle-layer/transposed.py": frozenset({"dW", "W_new", "b_new"}),
    "middle-layer/uphill.py": frozenset({"W_new", "b_new"}),
    "middle-layer/wrong_axis.py": frozenset({"db", "b_new"}),
    "multiply/function.py": RIGHT,
    "multiply/hard_coded.py": frozenset({"dx", "dy"}),
    "multiply/numerical.py": RIGHT,
    "multiply/script.py": RIGHT,
    "multiply/swapped.py": frozenset({"dx", "dy"}),
    "sigmoid-neuron/bias_forgotten.py": frozenset({"dw2"}),
    "sigmoid-neuron/function.py": RIGHT,
    "sigmoid-neuron/gate_by_gate.py": RIGHT,
    "sigmoid-neuron/no_sigmoid.py": frozenset({"dw0", "dw1", "dw2", "dx0", "dx1"}),
    "sigmoid-neuron/script.py": RIGHT,
    "sigmoid-neuron/sigmoid_twice.py": frozenset({"ddot", "dw0", "dw1", "dw2", "dx0", "dx1"}),
    "staged-fraction/bracket_open.py": NOT_RUN,
    "staged-fraction/by_name.py": RIGHT,
    "staged-fraction/overwritten.py": frozenset({"dx", "dy"}),
    "staged-fraction/path_forgotten.py": frozenset({"dx"}),
    "staged-fraction/script.py": RIGHT,
    "staged-fraction/sign_of_one_over.py": frozenset({"dden", "dsigx", "dxpysqr", "dxpy", "dx", "dy"}),
    "staged-fraction/sums_of_paths.py": RIGHT,
    "two-layer/averaged_twice.py": frozenset({"dW1", "db1"}),
    "two-layer/biases_summed_over_everything.py": frozenset({"db1", "db2"}),
    "two-layer/course.py": RIGHT,
    "two-layer/derivative_at_z.py": frozenset({"dW1", "db1"}),
    "two-layer/derivative_forgotten.py": frozenset({"dW1", "db1"}),
    "two-layer/endless.py": NOT_RUN,
    "two-layer/flat_biases.py": frozenset({"db1", "db2"}),
    "two-layer/not_averaged.py": frozenset({"dW1", "db1", "dW2", "db2"}),
    "two-layer/sample_by_sample.py": RIGHT,
    "two-layer/sigmoid_kept.py": frozenset({"dW1", "db1", "dW2", "db2"}),
    "two-layer/sign.py": frozenset({"dW1", "db1", "dW2", "db2"}),
    "two-layer/six_equations.py": RIGHT,
    "two-layer/updated_too_early.py": frozenset({"dW1", "db1"}),
    "two-layer/week3.ipynb": RIGHT,
    "two-layer/wrong_key.py": frozenset({"dW1", "db1"}),  # which it raised before it had set
}
PRECISION = {"two-layer/float32.py"}  # what single precision costs is the teacher's choice, not a mistake


def plan() -> Any:
    return YAML(typ="safe", pure=True).load((DEMO / "course.yaml").read_text("utf-8"))


def handed_in() -> list[Any]:
    return [entry for student in plan()["students"] for entry in student["hands_in"]]


def test_each_file_is_judged_as_it_was_meant() -> None:
    with Sandbox(Limits(wall_seconds=2.0)) as sandbox:
        for name, wrong in JUDGED.items():
            exercise = catalogue()[name.partition("/")[0]]
            file = DEMO / "submissions" / name
            report = grade(exercise, read_code(file.read_bytes(), file.name), trial_set(exercise, SECRET, 0), sandbox)
            verdict = "not_run" if wrong is NOT_RUN else "mismatch" if wrong else "match"
            assert report.verdict == verdict, (name, report.run)
            if wrong is not NOT_RUN:
                assert {g.name for g in report.gradients if g.verdict != "match"} == wrong, name


def test_each_answer_in_symbols_is_judged_as_it_was_meant() -> None:
    for entry in handed_in():
        if isinstance(entry, str):
            continue
        ((name, answers),) = entry.items()
        exercise = catalogue()[name]
        with Sandbox(Limits()) as sandbox:
            report = grade(exercise, read_symbols(answers), trial_set(exercise, SECRET, 0), sandbox)
        right = {
            "multiply": {"dx": "y", "dy": "x"},
            "add": {"dx": "1", "dy": "1"},
            "add-multiply": {"dq": "z", "dz": "x + y", "dx": "z", "dy": "z"},
        }[name]
        same = {ask for ask, answer in answers.items() if answer == right[ask] or (ask, answer) == ("dz", "q")}
        assert {g.name for g in report.gradients if g.verdict == "match"} == same, entry


def test_every_file_is_handed_in_by_somebody_and_every_assignment_is_done_rightly_in_three_ways() -> None:
    files = {str(file.relative_to(DEMO / "submissions")) for file in DEMO.glob("submissions/*/*.*")}
    assert files == set(JUDGED) | PRECISION
    assert {entry for entry in handed_in() if isinstance(entry, str)} == files
    assert set(plan()["assignments"]) <= set(catalogue())
    for name in plan()["assignments"]:
        assert sum(wrong == RIGHT for file, wrong in JUDGED.items() if file.startswith(f"{name}/")) >= 3


def test_making_the_demo_again_changes_nothing_and_restores_what_is_lost(parts: Parts) -> None:
    lines = make_demo(parts.app, "http://127.0.0.1:8000")
    file = parts.configuration.data_dir / "demo.json"
    first = json.loads(file.read_text("utf-8"))
    assert any(first["accounts"][0]["sign_in"] in line for line in lines)
    assert make_demo(parts.app, "http://127.0.0.1:8000") == lines
    assert json.loads(file.read_text("utf-8")) == first
    assert counts(parts) == (len(handed_in()), 3)  # the school of the tests has two courses

    file.write_text("{}")
    make_demo(parts.app, "http://127.0.0.1:9000")
    second = json.loads(file.read_text("utf-8"))
    assert second["address"] == "http://127.0.0.1:9000"
    with parts.app.app_context():
        for old, new in zip(first["accounts"], second["accounts"], strict=True):
            person = by_token(new["token"])
            assert person is not None
            assert person.email == old["email"] == new["email"]
            assert by_token(old["token"]) is None
    assert counts(parts) == (len(handed_in()), 3)


@pytest.mark.parametrize("field", ["name", "email"])
def test_nobody_in_the_demo_is_there_twice(field: str) -> None:
    people = [plan()["instructor"], *plan()["students"]]
    assert len({person[field] for person in people}) == len(people)


def counts(parts: Parts) -> tuple[int, int]:
    with parts.database.reading() as session:
        assert session.scalars(select(Token).where(Token.name == "demo", Token.revoked_at.is_(None))).all()
        of = [session.execute(select(func.count()).select_from(table)).scalar_one() for table in (Submission, Course)]
    return of[0], of[1]
