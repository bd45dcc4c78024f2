"""What a worker does beside grading."""

from __future__ import annotations

import math
import time

import pytest

from grader import Prover, Sandbox, Submission, catalogue, grade, read_code, read_symbols, trial_set
from service import proofs, worker
from service.authentication import by_token
from service.grading import add_proofs
from service.models import Assignment, StoredReport
from service.submissions import hand_in
from service.worker import AHEAD, Grader
from tests.service.conftest import Parts

CODE = read_code("dfdx = y")


def commit(parts: Parts, submission: Submission = CODE) -> int:
    person = by_token(parts.school.tokens["student"])
    assert person is not None
    with parts.database.reading() as session:
        assignment = session.get_one(Assignment, parts.school.assignments["multiply"])
    return hand_in(person, submission, catalogue()["multiply"], assignment).id


@pytest.mark.parametrize("variants", [False, True])
def test_points_are_computed_ahead_in_a_rest_but_not_for_one_students_variant(
    parts: Parts, variants: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with parts.database.writing() as session:
        session.get_one(Assignment, parts.school.assignments["multiply"]).variants = variants
    with Sandbox() as sandbox, parts.app.app_context():
        grader = Grader(parts.configuration, parts.database, sandbox, "worker")
        computed = []
        for rest in (-1, -1, math.inf):  # after which any submission is one in a rest, or none
            monkeypatch.setattr(worker, "REST", rest)
            assert not grader.grade(commit(parts))
            before = trial_set.cache_info().misses + trial_set.cache_info().hits
            grader.prepare()
            grader.prepare()  # once for each submission
            computed.append(trial_set.cache_info().misses + trial_set.cache_info().hits - before)
    assert computed == ([0, 0, 0] if variants else [AHEAD, AHEAD, 0])


def test_proofs_are_added_to_a_report_that_is_there_already(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "Prover", lambda: Prover(seconds=20))  # a busy machine is no reason to fail
    with Sandbox() as sandbox, parts.app.app_context():
        submission = commit(parts, read_symbols({"dx": "f/x", "dy": "y"}))
        grader = Grader(parts.configuration, parts.database, sandbox, "worker")
        grader.grade(submission)
        found = []
        for _ in range(400):
            with parts.database.reading() as session:
                found = [row.report for row in session.query(StoredReport).filter_by(submission_id=submission)]
            if found[0]["gradients"][0]["proof"] == "proved":
                break
            time.sleep(0.05)
        grader.close()
    assert [[g["proof"] for g in report["gradients"]] for report in found] == [["proved", None]]
    assert found[0]["score"] == 1


def test_a_report_that_was_replaced_meanwhile_gets_no_proof(parts: Parts) -> None:
    exercise = catalogue()["multiply"]
    report = grade(exercise, read_symbols({"dx": "y"}), trial_set(exercise, b"proof", 0), None)  # type: ignore[arg-type]
    with parts.app.app_context():
        submission = commit(parts)
    with parts.database.writing() as session:
        columns = {"verdict": "match", "score": 1, "max_score": 2, "wrong": []}
        session.add(StoredReport(submission_id=submission, report={"newer": True}, **columns))
    add_proofs(parts.database, submission, report, report)
    with parts.database.reading() as session:
        assert session.query(StoredReport).filter_by(submission_id=submission).one().report == {"newer": True}
