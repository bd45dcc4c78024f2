"""How a class does, against classes small enough to count by hand; and mistakes, by whom and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from service import mistakes, outcomes, retention, statistics
from service.deadlines import weigh_again
from service.models import (
    GRADED,
    LAST,
    QUEUED,
    STUDENT,
    Account,
    Assignment,
    Course,
    Enrolment,
    Mistake,
    Outcome,
    Override,
    Submission,
)
from tests.service.conftest import Parts
from tests.service.grading_again import account_id, add_report, grade_all, hand_in, person

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 4, 10, 12, tzinfo=UTC)
RIGHT, WRONG = {"dx": "match", "dy": "match"}, {"dx": "match", "dy": "mismatch"}


def report_of(verdicts: dict[str, str], found: dict[str, str]) -> dict[str, Any]:
    gradients = [
        {"name": name, "verdict": verdict, "findings": [{"code": found[name]}] if name in found else []}
        for name, verdict in verdicts.items()
    ]
    return {"gradients": gradients, "findings": [], "run": {"code": None}}


def store(
    parts: Parts, who: str, attempt: int, at: datetime, verdicts: dict[str, str] | None, /, verdict: str = "",
    **found: str,
) -> int:  # fmt: skip
    """An attempt at `multiply`, with a report unless its verdicts are None; what was `found` by gradient."""
    with parts.database.writing() as session:
        made = Submission(
            assignment_id=parts.school.assignments["multiply"], account_id=account_id(parts, who), attempt=attempt,
            exercise="multiply", kind="code", payload={"source": "", "notebook": False, "filename": ""}, trial_set=0,
            status=QUEUED if verdicts is None else GRADED, created_at=at,
        )  # fmt: skip
        session.add(made)
        session.flush()
        if verdicts is not None:
            score = float(sum(one == "match" for one in verdicts.values()))
            told = verdict or ("match" if score == 2 else "mismatch")
            kept = {"verdict": told, "score": score, "max_score": 2.0, "wrong": []}
            add_report(session, made.id, **kept, report={**report_of(verdicts, found), "verdict": told})
        return made.id


@pytest.fixture
def small(parts: Parts) -> Parts:
    """Of three students one was right at the third attempt, one is half right and waits, and one did nothing. The
    instructor tried as well, which is no figure of the class."""
    with parts.database.writing() as session:
        idle = Account(email="idle@example.org", name="Idle")
        session.add(idle)
        session.flush()
        session.add(Enrolment(course_id=parts.school.course, account_id=idle.id, role=STUDENT))
    store(parts, "student", 1, NOON - 3 * DAY, WRONG, dy="sign")
    store(parts, "student", 2, NOON - 2 * DAY, {"dx": "mismatch", "dy": "mismatch"}, dx="sign", dy="sign")
    store(parts, "student", 3, NOON, RIGHT)
    store(parts, "student", 4, NOON + HOUR, WRONG, dy="own_value")
    store(parts, "classmate", 1, NOON, WRONG, dy="sign")
    store(parts, "classmate", 2, NOON + HOUR, None)
    store(parts, "instructor", 1, NOON, WRONG, dy="sign")
    return parts


def of_multiply(parts: Parts) -> statistics.Figures:
    with parts.database.reading() as session:
        course, assignment = parts.school.course, session.get_one(Assignment, parts.school.assignments["multiply"])
        reached = statistics.reached(session, course, [assignment], times=True)[assignment.id]
        work = statistics.work(session, course)
        handed_in = statistics.handed_in(session, work, [assignment.id])[assignment.id]
        return statistics.figures(3, handed_in, reached)


def test_a_small_class_is_counted_as_by_hand(small: Parts) -> None:
    class_ = of_multiply(small)
    assert (class_.handed_in, class_.waiting, class_.right) == (2, 1, 1)
    assert sorted(class_.parts) == [0.5, 1.0]
    assert (class_.mean_part, class_.usual_attempts, class_.usual_time) == (0.75, 3, 3 * DAY)
    with small.database.reading() as session:
        work = statistics.work(session, small.school.course)
        state = statistics.state(session, small.school.course, work)
        assert (state.students, state.handed_in, state.submissions, state.waiting) == (3, 2, 7, 1)
        assert (state.queued, state.grading) == (1, 0)
        assert statistics.absent(session, work) == [("Idle", "idle@example.org")]
        other = small.school.other_course
        assert statistics.state(session, other, statistics.work(session, other)).submissions == 0


def test_the_matrix_shows_the_newest_report_of_each_student_and_the_points_that_count(small: Parts) -> None:
    with small.database.writing() as session:
        session.add(Override(assignment_id=small.school.assignments["multiply"],
                             account_id=account_id(small, "classmate"),
                             author_id=account_id(small, "instructor"), score=7.0, comment="x"))  # fmt: skip
    with small.database.reading() as session:
        assignment = session.get_one(Assignment, small.school.assignments["multiply"])
        reached = statistics.reached(session, small.school.course, [assignment])[assignment.id]
        rows = {row.email: row for row in statistics.matrix(session, small.school.course, assignment, reached)}
    assert [row.name for row in rows.values()] == ["Classmate", "Idle", "Student"]
    student = rows["student@example.org"]
    assert (student.attempt, student.verdicts, student.wrong, student.part) == (4, WRONG, 1, 1.0)
    assert (rows["classmate@example.org"].verdicts, rows["classmate@example.org"].part) == (WRONG, 0.7)
    assert (rows["idle@example.org"].submission_id, rows["idle@example.org"].part) == (None, None)
    counted = statistics.by_gradient(list(rows.values()))
    assert counted == {"dx": (0, 2), "dy": (2, 2)}
    assert statistics.hardest(counted) == ["dy"]


def test_the_hardest_gradients_are_all_that_tie_and_none_where_all_are_equal() -> None:
    assert statistics.hardest({"dx": (1, 2), "dy": (2, 4), "dz": (0, 4)}) == ["dx", "dy"]
    assert statistics.hardest({"dx": (2, 4), "dy": (1, 2), "not asked": (0, 0)}) == []
    assert statistics.hardest({"dx": (0, 2), "dy": (0, 2)}) == statistics.hardest({}) == []


def test_where_the_last_attempt_counts_or_a_person_gave_a_grade_the_figures_say_so(small: Parts) -> None:
    number = small.school.assignments["multiply"]
    with small.database.writing() as session:
        session.get_one(Assignment, number).counts = LAST
        session.add(Override(assignment_id=number, account_id=account_id(small, "classmate"),
                             author_id=account_id(small, "instructor"), score=9.0, comment="x"))  # fmt: skip
    assert sorted(of_multiply(small).parts) == [0.5, 0.9]


def test_what_is_late_counts_for_less_as_soon_as_the_dates_say_so(small: Parts) -> None:
    with small.database.writing() as session:
        assignment = session.get_one(Assignment, small.school.assignments["multiply"])
        assignment.due_at, assignment.late_until = NOON - HOUR, NOON + DAY
        assignment.late_policy = {"lost": 0.4, "per": "once"}
        weigh_again(session, assignment)
    assert sorted(of_multiply(small).parts) == [0.3, 0.6]


def test_our_own_failure_is_no_figure_of_the_class(parts: Parts) -> None:
    store(parts, "student", 1, NOON, {}, verdict="ungraded")
    class_ = of_multiply(parts)
    assert (class_.handed_in, class_.parts, class_.mean_part, class_.usual_time) == (1, [], None, None)


def test_parts_are_counted_in_ten_steps() -> None:
    assert statistics.histogram([0, 0.05, 0.1, 0.3, 0.7, 0.99, 1, 1.5]) == [2, 1, 0, 1, 0, 0, 0, 1, 0, 3]


def test_mistakes_are_counted_by_submission_student_and_day_of_the_course(small: Parts) -> None:
    with small.database.writing() as session:
        course = session.get_one(Course, small.school.course)
        course.zone = "Asia/Tokyo"
    with small.database.reading() as session:
        course = session.get_one(Course, small.school.course)
        sign, own = mistakes.made(session, course, NOON)
        assert (sign.code, sign.submissions, sign.students) == ("sign", 3, 2)
        assert list(sign.per_day) == [0] * 10 + [1, 1, 0, 1]
        assert (own.code, own.submissions, own.students) == ("own_value", 1, 1)
        makers = mistakes.makers(session, course.id, "sign")
        assert [(maker.name, maker.submissions) for maker in makers] == [("Student", 2), ("Classmate", 1)]
        number = small.school.assignments["multiply"]
        assert mistakes.places(session, course.id, "sign") == [(number, "dy", 3), (number, "dx", 1)]
        assert mistakes.widespread(session, course.id, 1) == [("sign", sign.students)]
        assert mistakes.made(session, course, NOON, small.school.assignments["add"]) == []
        assert mistakes.made(session, course, NOON, small.school.other_assignment) == []
        assert mistakes.made(session, course, NOON + 15 * DAY)[0].per_day == [0] * 14


def test_a_day_begins_at_midnight_of_the_course(parts: Parts) -> None:
    store(parts, "student", 1, datetime(2026, 4, 9, 14, 59, 59, tzinfo=UTC), WRONG, dy="sign")
    store(parts, "student", 2, datetime(2026, 4, 9, 15, 0, 0, tzinfo=UTC), WRONG, dy="sign")
    for zone, expected in (("UTC", [2, 0]), ("Asia/Tokyo", [1, 1]), ("America/New_York", [2, 0])):
        with parts.database.writing() as session:
            session.get_one(Course, parts.school.course).zone = zone
        with parts.database.reading() as session:
            [sign] = mistakes.made(session, session.get_one(Course, parts.school.course), NOON)
        assert list(sign.per_day[-2:]) == expected


def test_a_new_report_takes_the_place_of_the_old_ones_outcome_and_mistakes(parts: Parts) -> None:
    number = store(parts, "student", 1, NOON, WRONG, dy="sign")
    with parts.database.writing() as session:
        kept = {"verdict": "match", "score": 2.0, "max_score": 2.0, "wrong": []}
        add_report(session, number, **kept, report={**report_of(RIGHT, {}), "verdict": "match"})
    with parts.database.reading() as session:
        assert session.scalars(select(Outcome.verdict)).all() == ["match"]
        assert session.scalars(select(Mistake)).all() == []


def test_what_is_erased_keeps_its_outcome_and_what_is_removed_keeps_nothing(parts: Parts) -> None:
    number = hand_in(parts, "dfdx = y\ndfdy = -x\n")
    grade_all(parts)
    with parts.database.writing() as session:
        assert [found.code for found in session.scalars(select(Mistake))] == ["sign"]
        retention.erase(session, Submission.id == number)
        assert session.scalars(select(Outcome.submission_id)).all() == [number]
        assert session.scalars(select(Mistake)).all() == []
        retention.remove(session, Submission.id == number)
        assert session.scalars(select(Outcome)).all() == []


def test_a_graded_submission_has_what_its_report_says(parts: Parts) -> None:
    number = hand_in(parts, "dfdx = y\ndfdy = -x\n")
    grade_all(parts)
    with parts.database.reading() as session:
        outcome = session.get_one(Outcome, number)
        assert (outcome.attempt, outcome.verdict, outcome.verdicts) == (1, "mismatch", WRONG)
        assert [(found.gradient, found.code) for found in session.scalars(select(Mistake))] == [("dy", "sign")]
    assert person(parts, "student").id == outcome.account_id


def test_reports_of_any_form_can_be_asked() -> None:
    assert (outcomes.verdicts({}), outcomes.mistakes({"gradients": []})) == ({}, [])
    crashed = {"run": {"code": "raised"}, "findings": [{"code": "matmul_not_aligned"}], "gradients": []}
    assert outcomes.mistakes(crashed) == [(None, "raised"), (None, "matmul_not_aligned")]
    assert outcomes.mistakes({**crashed, "verdict": "ungraded"}) == []


def test_a_hint_beside_a_mistake_is_not_counted_as_one() -> None:
    said = [{"code": code} for code in ("matmul_not_aligned", "matmul_shapes", "transpose_would_fit")]
    report = {"run": {"code": None}, "findings": said, "gradients": [{"name": "dx", "findings": [{"code": "sign"}]}]}
    assert outcomes.mistakes(report) == [(None, "matmul_not_aligned"), ("dx", "sign")]


def test_figures_ask_as_few_questions_for_many_submissions_as_for_one(parts: Parts) -> None:
    asked: list[str] = []
    event.listen(parts.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    counts = []
    for attempt in (1, 2, 3):
        for who in ("student", "classmate"):
            store(parts, who, attempt, NOON, WRONG, dy="sign")
        asked.clear()
        of_multiply(parts)
        with parts.database.reading() as session:
            statistics.state(session, parts.school.course, statistics.work(session, parts.school.course))
            mistakes.made(session, session.get_one(Course, parts.school.course), NOON)
        counts.append(len([statement for statement in asked if "SELECT" in statement]))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 14
