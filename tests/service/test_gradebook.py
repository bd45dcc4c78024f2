"""Where a class stands: the best attempt counts, and the newest report says what is wrong now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from service.deadlines import locked, weigh_again
from service.gradebook import Filters, Gradebook, gradebook, submissions
from service.models import (
    GRADED,
    QUEUED,
    UNGRADED,
    Account,
    Assignment,
    Course,
    Extension,
    Submission,
    now,
)
from tests.service.conftest import Parts
from tests.service.grading_again import add_report

DAY = timedelta(days=1)


def hand_in(parts: Parts, who: str, verdict: str | None, score: float = 0.0, wrong: tuple[str, ...] = ()) -> int:
    """A submission to `multiply`, with a report unless the verdict is None."""
    with parts.database.writing() as session:
        account = session.scalars(select(Account).where(Account.email == f"{who}@example.org")).one()
        assignment = parts.school.assignments["multiply"]
        attempt = 1 + session.query(Submission).filter_by(account_id=account.id).count()
        status = {None: QUEUED, "ungraded": UNGRADED}.get(verdict, GRADED)
        made = Submission(
            assignment_id=assignment, account_id=account.id, attempt=attempt, exercise="multiply", kind="code",
            payload={"source": "", "notebook": False, "filename": ""}, trial_set=0, status=status,
        )  # fmt: skip
        session.add(made)
        session.flush()
        if verdict is not None:
            report(parts, made.id, verdict, score, wrong, session)
        return made.id


def report(parts: Parts, number: int, verdict: str, score: float, wrong: tuple[str, ...], session: Session) -> None:
    gradients = [{"name": name, "verdict": "mismatch", "findings": []} for name in wrong]
    kept = {"verdict": verdict, "score": score, "max_score": 2.0, "wrong": list(wrong)}
    add_report(session, number, **kept, report={"gradients": gradients})


def book_of(parts: Parts) -> Gradebook:
    with parts.database.reading() as session:
        return gradebook(session, session.get_one(Course, parts.school.course))


def test_a_later_attempt_that_is_worse_takes_nothing_away(parts: Parts) -> None:
    first = hand_in(parts, "student", "match", 2.0)
    second = hand_in(parts, "student", "mismatch", 1.0, ("dy",))
    book, assignment = book_of(parts), parts.school.assignments["multiply"]
    student = next(s for s in book.students if s.email.startswith("student"))
    standing = book.standing(student.id, assignment)
    assert (standing.attempts, standing.waiting, standing.score) == (2, 0, 10.0)
    assert standing.best is not None
    assert standing.newest is not None
    assert (standing.best.submission_id, standing.newest.submission_id) == (first, second)
    assert standing.newest.wrong == ("dy",)
    assert book.total(student.id) == 10.0


def test_of_equal_attempts_the_newest_is_the_best(parts: Parts) -> None:
    hand_in(parts, "student", "mismatch", 1.0, ("dx",))
    newer = hand_in(parts, "student", "mismatch", 1.0, ("dy",))
    (standing,) = book_of(parts).standings.values()
    assert standing.best is not None
    assert standing.best.submission_id == newer


def test_only_the_newest_report_on_a_submission_counts(parts: Parts) -> None:
    number = hand_in(parts, "student", "mismatch", 1.0, ("dx",))
    with parts.database.writing() as session:
        report(parts, number, "match", 2.0, (), session)
    (standing,) = book_of(parts).standings.values()
    assert standing.best == standing.newest
    assert standing.score == 10.0


def test_our_own_failure_is_no_result(parts: Parts) -> None:
    hand_in(parts, "student", "mismatch", 1.0, ("dx",))
    hand_in(parts, "student", "ungraded")
    (standing,) = book_of(parts).standings.values()
    assert standing.newest is not None
    assert standing.newest.verdict == "mismatch"


def test_a_student_in_the_whole_course(parts: Parts) -> None:
    hand_in(parts, "student", "mismatch", 1.0, ("dy",))
    hand_in(parts, "student", None)
    book = book_of(parts)
    student = next(s for s in book.students if s.email.startswith("student"))
    standing = book.standing(student.id, parts.school.assignments["multiply"])
    assert (standing.attempts, standing.waiting, standing.right) == (2, 1, False)
    progress = book.progress(student.id)
    assert (progress.score, progress.possible, progress.right) == (5.0, 10.0 * len(book.assignments), 0)
    assert progress.next == book.assignments[0]
    hand_in(parts, "student", "match", 2.0)
    progress = book_of(parts).progress(student.id)
    assert (progress.score, progress.right) == (10.0, 1)
    assert progress.next is not None
    assert progress.next.id == book.assignments[1].id


@pytest.mark.parametrize(("score", "max_score"), [(1.0, 3.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0)])
def test_points_are_the_same_in_python_and_in_the_database(parts: Parts, score: float, max_score: float) -> None:
    number = hand_in(parts, "student", None)
    with parts.database.writing() as session:
        stored = {"verdict": "mismatch", "score": score, "max_score": max_score, "wrong": [], "report": {}}
        add_report(session, number, **stored)
    with parts.database.reading() as session:
        [[line], _] = submissions(session, parts.school.course, Filters())
        assignment = session.get_one(Assignment, parts.school.assignments["multiply"])
        assert line.score == assignment.in_points(score, max_score)
    (standing,) = book_of(parts).standings.values()
    assert standing.score == line.score


def test_submissions_are_listed_newest_first_and_filtered(parts: Parts) -> None:
    numbers = [hand_in(parts, "student", "match", 2.0), hand_in(parts, "classmate", None)]
    numbers.append(hand_in(parts, "classmate", "not_run"))
    multiply = parts.school.assignments["multiply"]
    for filters, expected in (
        (Filters(), numbers[::-1]),
        (Filters(assignment_id=multiply, verdict="match"), [numbers[0]]),
        (Filters(assignment_id=multiply + 1), []),
        (Filters(verdict="waiting"), [numbers[1]]),
        (Filters(student="CLASS"), [numbers[2], numbers[1]]),
        (Filters(student="%"), []),
    ):
        with parts.database.reading() as session:
            lines, total = submissions(session, parts.school.course, filters)
        assert ([line.submission_id for line in lines], total) == (expected, len(expected))
    with parts.database.reading() as session:
        lines, total = submissions(session, parts.school.course, Filters(), page=2, per_page=2)
        assert ([line.submission_id for line in lines], total) == ([numbers[0]], 3)
        assert (lines[0].score, lines[0].wrong) == (10.0, ())
        assert submissions(session, parts.school.other_course, Filters()) == ([], 0)


def changed(parts: Parts, **columns: object) -> None:
    """Changes the assignment `multiply`, and weighs again what was handed in to it."""
    with parts.database.writing() as session:
        assignment = locked(session, parts.school.assignments["multiply"])
        assert assignment is not None
        for name, value in columns.items():
            setattr(assignment, name, value)
        weigh_again(session, assignment)


@pytest.mark.parametrize(("first", "second", "counted"), [(2.0, 2.0, 10.0), (1.0, 2.0, 6.0)], ids=["good", "poor"])
def test_a_late_attempt_replaces_only_what_it_is_better_than(
    parts: Parts, first: float, second: float, counted: float
) -> None:
    in_time = hand_in(parts, "student", "mismatch", first)
    between = now()
    late = hand_in(parts, "student", "match", second)
    changed(parts, due_at=between, late_until=between + DAY, late_policy={"lost": 0.4, "per": "once"})
    (standing,) = book_of(parts).standings.values()
    assert standing.best is not None
    assert standing.newest is not None
    assert standing.score == counted
    assert (standing.best.submission_id, standing.best.late) == ((in_time, False) if counted == 10 else (late, True))
    assert (standing.newest.submission_id, standing.newest.late, standing.newest.worth) == (late, True, 0.6)
    with parts.database.reading() as session:
        lines, _ = submissions(session, parts.school.course, Filters())
    assert [(line.score, line.worth, line.late) for line in lines] == [(6.0, 0.6, True), (first * 5, 1.0, False)]


def test_where_the_last_attempt_counts_a_worse_one_does(parts: Parts) -> None:
    hand_in(parts, "student", "match", 2.0)
    last = hand_in(parts, "student", "mismatch", 1.0)
    hand_in(parts, "student", "ungraded")
    changed(parts, counts="last")
    (standing,) = book_of(parts).standings.values()
    assert standing.best is not None
    assert (standing.best.submission_id, standing.score, standing.right) == (last, 5.0, False)


def test_an_extension_makes_the_late_in_time_and_its_end_makes_it_late_again(parts: Parts) -> None:
    for who in ("student", "classmate"):
        hand_in(parts, who, "match", 2.0)
    changed(parts, due_at=now() - DAY, late_until=now() + DAY, late_policy={"lost": 0.4, "per": "once"})
    number = parts.school.assignments["multiply"]
    for due_at, expected in ((None, (6.0, True)), (now() + DAY, (10.0, False)), (None, (6.0, True))):
        with parts.database.writing() as session:
            student = session.scalars(select(Account.id).where(Account.email == "student@example.org")).one()
            session.execute(delete(Extension))
            if due_at is not None:
                session.add(Extension(assignment_id=number, account_id=student, due_at=due_at, more_attempts=0))
            weigh_again(session, session.get_one(Assignment, number), student)
        book = book_of(parts)
        standings = {account: standing for (account, _), standing in book.standings.items()}
        results = {
            account: (standing.score, standing.best and standing.best.late) for account, standing in standings.items()
        }
        assert results.pop(student) == expected
        assert set(results.values()) == {(6.0, True)}


def test_the_gradebook_asks_as_few_questions_for_many_submissions_as_for_one(parts: Parts) -> None:
    asked: list[str] = []
    event.listen(parts.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    counts = []
    for _ in range(3):
        hand_in(parts, "student", "match", 2.0)
        hand_in(parts, "classmate", "mismatch", 1.0)
        asked.clear()
        book_of(parts)
        counts.append(len([statement for statement in asked if "SELECT" in statement]))
    assert counts == [6, 6, 6]
