"""What a worker does beside grading."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from grader import (
    TRIAL_SETS,
    Exercise,
    Prover,
    Report,
    Sandbox,
    SandboxUnavailable,
    Submission,
    TrialSet,
    catalogue,
    grade,
    read_code,
    read_symbols,
    trial_set,
)
from service import ahead, proofs, worker
from service.ahead import PointsAhead
from service.authentication import by_token
from service.grading import add_proofs, sweep
from service.models import Assignment, StoredReport
from service.submissions import hand_in
from service.worker import Grader
from tests.service.conftest import PROJECT, Parts, Place, make_parts
from tests.service.servers import until

CODE = read_code("dfdx = y")


# A worker whose grader hangs, and keeps Python's lock meanwhile.
HANGING = """
import ctypes
from service import worker
from service.configuration import Configuration

def hang_in_grading(*arguments):
    ctypes.PyDLL(None).pause()  # with the interpreter's lock

worker.grade = hang_in_grading
worker.work(Configuration.from_environment(), "worker")
"""


def commit(parts: Parts, submission: Submission = CODE) -> int:
    person = by_token(parts.school.tokens["student"])
    assert person is not None
    with parts.database.reading() as session:
        assignment = session.get_one(Assignment, parts.school.assignments["multiply"])
    return hand_in(person, submission, catalogue()["multiply"], assignment).id


def test_once_an_exercise_was_graded_all_its_points_are_computed_ahead(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def noted(exercise: Exercise, secret: bytes, number: int) -> TrialSet:
        assert (exercise, secret) == (catalogue()["multiply"], parts.configuration.trials_secret.encode())
        asked.append(number)
        return trial_set(exercise, secret, number)

    monkeypatch.setattr(ahead, "REST", 0.001)
    monkeypatch.setattr(ahead, "trial_set", noted)
    with Sandbox() as sandbox, parts.app.app_context():
        grader = Grader(parts.unhurried, parts.database, sandbox, "worker")
        assert not grader.grade(commit(parts))
        until(lambda: asked == list(range(TRIAL_SETS)))
        grader.close()


def test_points_are_computed_ahead_once_for_all_that_is_handed_out_but_variants_and_not_beside_a_grading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    multiply, computed = catalogue()["multiply"], []
    other = replace(multiply, takes=frozenset())  # as an assignment hands it out
    monkeypatch.setattr(ahead, "REST", 0.001)
    monkeypatch.setattr(ahead, "trial_set", lambda exercise, secret, number: computed.append((exercise, number)))
    points = PointsAhead(b"secret")
    with points.grading():
        points.add(replace(multiply, seed="a student's own"))
        points.add(multiply)
        points.add(multiply)
        points.add(other)
        time.sleep(0.2)
        assert computed == []
    until(lambda: len(computed) == 2 * TRIAL_SETS)
    time.sleep(0.2)
    points.close()
    assert computed == [(exercise, number) for exercise in (multiply, other) for number in range(TRIAL_SETS)]


def test_the_end_of_what_is_computed_ahead_waits_for_one_set_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    computed, go_on = [], threading.Event()

    def compute(exercise: Exercise, secret: bytes, number: int) -> None:
        computed.append(number)
        go_on.wait(20)

    monkeypatch.setattr(ahead, "REST", 0.001)
    monkeypatch.setattr(ahead, "trial_set", compute)
    points = PointsAhead(b"secret")
    points.add(catalogue()["multiply"])
    until(lambda: computed == [0])
    ending = threading.Thread(target=points.close)
    ending.start()
    until(points._closed.is_set)
    go_on.set()
    ending.join(20)
    assert not ending.is_alive()
    assert computed == [0]


def test_the_end_of_proofs_waits_for_one_at_most(parts: Parts) -> None:
    begun, go_on = [], threading.Event()

    class Slow(Prover):
        def prove(self, exercise: Exercise, report: Report) -> Report:
            begun.append(report)
            go_on.wait(20)
            return report

    exercise = catalogue()["multiply"]
    with Sandbox() as sandbox:
        report = grade(exercise, read_symbols({"dx": "y", "dy": "x"}), trial_set(exercise, b"proofs", 0), sandbox)
    kept = proofs.Proofs(parts.database, Slow())
    for number in range(1 + 2 * proofs.WAITING):
        kept.add(number, exercise, report)
    until(lambda: len(begun) == 1)
    ending = threading.Thread(target=kept.close)
    ending.start()
    until(lambda: kept._waiting.qsize() <= 1)
    go_on.set()
    ending.join(20)
    assert not ending.is_alive()
    assert len(begun) == 1


def test_a_late_proof_brings_no_report_back_that_is_being_erased(parts: Parts) -> None:
    with Sandbox() as sandbox, parts.app.app_context():
        submission = commit(parts)
        grader = Grader(parts.unhurried, parts.database, sandbox, "worker")
        grader.grade(submission)
        grader.close()
    with parts.database.reading() as session:
        kept = session.scalars(select(StoredReport).where(StoredReport.submission_id == submission)).one().report
    report = Report.from_dict(kept)
    proving = threading.Thread(target=add_proofs, args=(parts.database, submission, report, replace(report, trials=0)))
    with parts.database.writing() as session:
        stored = session.scalars(select(StoredReport).where(StoredReport.submission_id == submission)).one()
        stored.report = {"erased": True}
        session.flush()
        proving.start()
        proving.join(0.5)
    proving.join(20)
    with parts.database.reading() as session:
        stored = session.scalars(select(StoredReport).where(StoredReport.submission_id == submission)).one()
        assert stored.report == {"erased": True}


def test_a_worker_that_hangs_ends_when_its_lease_does_and_says_where(place: Place, tmp_path: Path) -> None:
    with make_parts(place, tmp_path, GRADIENT_GRADER_LEASE_SECONDS="2", GRADIENT_GRADER_WALL_SECONDS="1") as parts:
        source = {"kind": "code", "source": "dfdx = y"}
        assignment = parts.school.assignments["multiply"]
        submission = parts.direct("student").post(f"/api/v1/assignments/{assignment}/submissions", source).json["id"]
        hanging = [sys.executable, "-c", HANGING]
        ended = subprocess.run(hanging, cwd=PROJECT, env=parts.environment(), stderr=subprocess.PIPE, timeout=60)
        assert ended.returncode == -signal.SIGALRM
        assert b"in hang_in_grading" in ended.stderr
        until(lambda: submission in sweep(parts.database, 0))


def test_where_the_machine_lacks_the_means_a_worker_waits_longer_each_time(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(worker, "time", SimpleNamespace(sleep=slept.append))

    def failing(error: Exception) -> Callable[..., Report]:
        def fail(*arguments: object) -> Report:
            raise error

        return fail

    with Sandbox() as sandbox, parts.app.app_context():
        grader = Grader(parts.unhurried, parts.database, sandbox, "worker")
        try:
            for error in (OSError(errno.EAGAIN, "no process"), MemoryError(), SandboxUnavailable("it does not start")):
                with monkeypatch.context() as shortage:
                    shortage.setattr(worker, "grade", failing(error))
                    assert grader.grade(commit(parts))
                grader.pause()
            assert not grader.grade(commit(parts))
            with monkeypatch.context() as mistake:
                mistake.setattr(worker, "grade", failing(ValueError("a mistake of ours")))
                assert grader.grade(commit(parts))
            grader.pause()  # no longer wait mends that
            grader._shortages = 5000
            grader.pause()
        finally:
            grader.close()
    assert slept == [2, 4, 8, worker.LONGEST_PAUSE]


def test_proofs_are_added_to_a_report_that_is_there_already(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "Prover", lambda: Prover(seconds=20))  # a busy machine is no reason to fail
    with Sandbox() as sandbox, parts.app.app_context():
        submission = commit(parts, read_symbols({"dx": "f/x", "dy": "y"}))
        grader = Grader(parts.unhurried, parts.database, sandbox, "worker")
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
