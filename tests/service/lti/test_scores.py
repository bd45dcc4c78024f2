"""Scores arrive at the platform: in points, whatever changes them, whatever is away meanwhile, and no one else's."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.authentication import make_token
from service.figures import Figures
from service.lti import scores
from service.lti.passback import keep_passing_back
from service.lti.platforms import change_platform
from service.lti.scores import HIDDEN, WAITING, State, states
from service.models import Account, Assignment, Extension, LtiLink, LtiPlatform, LtiScore, Outcome, Submission, now
from tests.service.client import Client
from tests.service.grading_again import add_report
from tests.service.lti.conftest import Linked
from tests.service.lti.platform import Platform, User
from tests.service.servers import until

RIGHT = {"kind": "code", "source": "dfdx = y\ndfdy = x\n"}
HALF = {"kind": "code", "source": "dfdx = y\ndfdy = y\n"}


@pytest.fixture
def passing_back(linked: Linked) -> Iterator[None]:
    """The process that sends scores."""
    with linked.parts.start("passback"):
        yield


def hand_in(linked: Linked, user: User, body: dict[str, str]) -> int:
    """Hands in as the platform's student; the submission's number, once it is graded."""
    with linked.parts.database.writing() as session:
        token = make_token(session, session.get_one(Account, linked.account(user).id), "tests")
    path = f"/api/v1/assignments/{linked.parts.school.assignments['multiply']}/submissions?wait=20"
    made = Client(linked.address, token).post(path, body)
    assert made.json["report"], made.body
    return int(made.json["id"])


def store_report(
    linked: Linked, user: User, score: float, verdict: str = "mismatch", exercise: str = "multiply", attempt: int = 1
) -> None:
    """A newer report on the student's submission, as grading again leaves it, or the first one if it has none."""
    with linked.parts.database.writing() as session:
        account, assignment = linked.account(user).id, linked.parts.school.assignments[exercise]
        submission = session.scalar(
            select(Submission).where(
                Submission.account_id == account,
                Submission.assignment_id == assignment,
                Submission.attempt == attempt,
            )
        )
        if submission is None:
            submission = Submission(
                assignment_id=assignment, account_id=account, attempt=attempt, exercise=exercise, kind="code",
                payload={"source": "", "notebook": False, "filename": ""}, trial_set=0, status="graded",
            )  # fmt: skip
            session.add(submission)
            session.flush()
        values = {"verdict": verdict, "score": score, "max_score": 1.0, "wrong": [], "report": {}}
        add_report(session, submission.id, **values)


def student_with(linked: Linked, name: str, score: float) -> User:
    """A student of the platform who came, and has this share of the points."""
    user = linked.platform.add_user(name)
    linked.come(user)
    store_report(linked, user, score)
    return user


def lead(linked: Linked, resource: str, exercise: str, column: int | None = None) -> int:
    """Lets a link of the platform lead to that assignment, whose number it is; `column` is the platform's own."""
    number = linked.parts.school.assignments[exercise]
    lead_to(linked, resource, number, column)
    return number


def lead_to(linked: Linked, resource: str, number: int, column: int | None = None) -> None:
    teacher = linked.come(linked.teacher, resource)
    page = linked.launch(linked.teacher, teacher, **linked.platform.resource(resource, column))
    teacher.send(page, "/lti/launches/", assignment=str(number))


def change(linked: Linked, assignment: int, **settings: object) -> None:
    with linked.parts.database.writing() as session:
        for name, value in settings.items():
            setattr(session.get_one(Assignment, assignment), name, value)


def in_gradebook(linked: Linked, user: User, assignment: int) -> float | None:
    path = f"/api/v1/courses/{linked.parts.school.course}/gradebook"
    students = linked.parts.client("instructor").get(path).json["students"]
    [row] = [row for row in students if row["student"]["id"] == linked.account(user).id]
    [score] = [standing["score"] for standing in row["standings"] if standing["assignment_id"] == assignment]
    return float(score) if score is not None else None


def status(linked: Linked, user: User, resource: str) -> str:
    with linked.parts.database.reading() as session:
        found = states(session, linked.parts.school.course)
    account = linked.account(user).id
    [mine] = [state for state in found if (state.student.id, state.link.key) == (account, resource)]
    return mine.status


def given(platform: Platform, user: User) -> float | None:
    found = platform.score(user)
    return None if found is None else found[0]


def told(linked: Linked, user: User) -> LtiScore | None:
    with linked.parts.database.reading() as session:
        return session.scalar(select(LtiScore).where(LtiScore.account_id == linked.account(user).id))


def test_what_is_graded_arrives_in_points_and_a_better_attempt_after_it(linked: Linked, passing_back: None) -> None:
    student = linked.platform.add_user("Jun")
    linked.come(student)
    hand_in(linked, student, HALF)
    until(lambda: linked.platform.score(student) == (5.0, 10.0, "FullyGraded"))
    hand_in(linked, student, RIGHT)
    until(lambda: linked.platform.score(student) == (10.0, 10.0, "FullyGraded"))
    columns = [item for item in linked.platform.columns.values() if item["resourceLinkId"] == "multiply"]
    assert [item["scoreMaximum"] for item in columns] == [10.0]


def test_grading_again_takes_points_away_there_too_and_what_stays_is_not_sent_again(
    linked: Linked, passing_back: None
) -> None:
    first, second = student_with(linked, "Kei", 0.8), student_with(linked, "Lin", 1 / 3)
    until(lambda: given(linked.platform, first) == 8.0 and given(linked.platform, second) == 3.333333)
    received = linked.platform.received
    store_report(linked, first, 0.25)
    until(lambda: given(linked.platform, first) == 2.5)
    assert linked.platform.received == received + 1


def test_a_score_that_is_no_more_is_taken_back_and_one_to_be_reviewed_is_said_to_be(
    linked: Linked, passing_back: None
) -> None:
    gone, reviewed = student_with(linked, "Mao", 0.5), student_with(linked, "Nao", 0.5)
    until(lambda: given(linked.platform, gone) == given(linked.platform, reviewed) == 5.0)
    store_report(linked, gone, 0.0, verdict="ungraded")
    store_report(linked, reviewed, 0.5, verdict="needs_review")
    until(lambda: linked.platform.score(gone) is None)
    until(lambda: linked.platform.score(reviewed) == (5.0, 10.0, "PendingManual"))


def test_while_the_platform_is_away_nothing_is_lost_and_instructors_see_why(linked: Linked) -> None:
    students = [student_with(linked, name, 0.7) for name in ("Oto", "Ren")]
    linked.platform.away = True
    try:
        with linked.parts.start("passback"):
            until(lambda: all((row := told(linked, student)) and row.tries > 1 for student in students))
    finally:
        linked.platform.away = False
    client = linked.parts.client("instructor")
    path = f"/api/v1/courses/{linked.parts.school.course}/platforms/scores"
    states = client.get(f"{path}?page_size=200").json
    [state] = [state for state in states if state["student"]["name"] == "Oto" and state["error"]]
    assert (state["status"], state["score"]) == ("failing", None)
    assert "503" in state["error"]
    page = linked.come(linked.teacher).get(f"{linked.address}/courses/{linked.parts.school.course}/platforms")
    assert "down for maintenance" in page.text
    assert client.post(f"{path}/retry", {}).status == 204
    with linked.parts.start("passback"):
        until(lambda: [given(linked.platform, student) for student in students] == [7.0, 7.0])
        until(lambda: (row := told(linked, students[0])) is not None and row.error is None)


def test_one_whom_the_platform_does_not_know_any_more_keeps_nobody_waiting(linked: Linked) -> None:
    unknown, known = student_with(linked, "Sora", 0.1), student_with(linked, "Taro", 0.2)
    del linked.platform.users[unknown.id]
    with linked.parts.start("passback"):
        until(lambda: given(linked.platform, known) == 2.0)
        until(lambda: (row := told(linked, unknown)) is not None and row.tries > 0)
    row = told(linked, unknown)
    assert row is not None
    assert "404" in (row.error or "")
    with linked.parts.database.writing() as session:
        session.get_one(LtiScore, row.id).next_at = now() + timedelta(days=1)  # the other tests need not wait for it


def test_a_column_whose_address_is_none_keeps_no_other_score_waiting(linked: Linked) -> None:
    broken, column = linked.platform.add_user("Chie"), lead(linked, "broken", "add")
    linked.come(broken, "broken")
    store_report(linked, broken, 0.3, exercise="add")
    with linked.parts.database.writing() as session:
        links = update(LtiLink).where(LtiLink.assignment_id == column)
        session.execute(links.values(lineitem="https://[none/line"))
    well = student_with(linked, "Daiki", 0.4)
    with linked.parts.start("passback"):
        until(lambda: given(linked.platform, well) == 4.0)
        until(lambda: (row := told(linked, broken)) is not None and "ValueError" in (row.error or ""))


def test_two_processes_send_each_score_once(linked: Linked) -> None:
    students = [student_with(linked, f"Student {number}", number / 10) for number in range(1, 9)]
    received = linked.platform.received
    with linked.parts.start("passback"), linked.parts.start("passback"):
        until(lambda: [given(linked.platform, student) for student in students] == [float(n) for n in range(1, 9)])
    assert linked.platform.received == received + len(students)


def test_what_is_sent_is_what_the_gradebook_says(linked: Linked, passing_back: None) -> None:
    number, student = lead(linked, "two layers", "two-layer"), linked.platform.add_user("Aki")
    linked.come(student, "two layers")
    grade = f"/api/v1/assignments/{number}/grades/{linked.account(student).id}"
    teacher = linked.parts.client("instructor")

    def arrives(score: float, progress: str = "FullyGraded") -> None:
        until(lambda: linked.platform.score(student) == (score, 10.0, progress))
        assert in_gradebook(linked, student, number) == score

    store_report(linked, student, 0.8, exercise="two-layer")
    arrives(8.0)
    with linked.parts.database.writing() as session:  # it was late
        for table in (Submission, Outcome):
            session.execute(update(table).where(table.assignment_id == number).values(worth=0.5))
    arrives(4.0)
    store_report(linked, student, 0.6, exercise="two-layer", attempt=2)
    arrives(6.0)
    store_report(linked, student, 0.2, exercise="two-layer", attempt=3)
    change(linked, number, counts="last")
    arrives(2.0)
    store_report(linked, student, 0.3, "needs_review", "two-layer", attempt=3)
    arrives(3.0, "PendingManual")
    assert teacher.put(grade, {"score": 9.5, "comment": "Reviewed."}).status == 200
    arrives(9.5)
    assert teacher.delete(grade).status == 200
    arrives(3.0, "PendingManual")


def test_a_score_that_students_may_not_see_is_not_shown_to_them_there(linked: Linked) -> None:
    number = lead(linked, "hidden", "maximum")
    change(linked, number, shown_before="nothing", due_at=now() + timedelta(days=1))
    student, seen = linked.platform.add_user("Umi"), student_with(linked, "Yui", 0.4)
    linked.come(student, "hidden")
    store_report(linked, student, 0.9, exercise="maximum")
    with linked.parts.start("passback"):
        until(lambda: given(linked.platform, seen) == 4.0)
        assert linked.platform.score(student) is None
        assert status(linked, student, "hidden") == HIDDEN
        change(linked, number, due_at=now() - timedelta(minutes=1))
        until(lambda: given(linked.platform, student) == 9.0)


def test_a_score_waits_until_its_student_sees_it_here(linked: Linked) -> None:
    number, student = lead(linked, "shown later", "add"), linked.platform.add_user("Eri")
    linked.come(student, "shown later")
    store_report(linked, student, 0.9, exercise="add")
    account, hour = linked.account(student).id, timedelta(hours=1)
    past, future = now() - hour, now() + hour

    def with_settings(extended: datetime | None = None, **settings: object) -> str:
        usual = {"shown_before": "nothing", "shown_after": "everything", "late_until": None, "release_at": None}
        change(linked, number, **{**usual, "due_at": past, **settings})
        with linked.parts.database.writing() as session:
            session.execute(delete(Extension).where(Extension.account_id == account))
            if extended is not None:
                session.add(Extension(assignment_id=number, account_id=account, due_at=extended))
        return status(linked, student, "shown later")

    assert with_settings() == WAITING  # for the process that sends it
    assert with_settings(due_at=future) == HIDDEN
    assert with_settings(late_until=future) == HIDDEN
    assert with_settings(extended=future) == HIDDEN
    assert with_settings(extended=past - hour) == WAITING  # an extension never takes time away
    assert with_settings(due_at=future, extended=past) == HIDDEN
    assert with_settings(shown_after="nothing") == HIDDEN
    assert with_settings(shown_after="verdicts") == WAITING
    assert with_settings(shown_before="everything", due_at=None, release_at=future) == HIDDEN
    assert with_settings(shown_before="everything", due_at=None) == WAITING


def test_the_platforms_own_column_is_used_and_one_that_is_gone_is_made_again(linked: Linked) -> None:
    own = linked.platform.add_column(label="Its own", scoreMaximum=5)
    number = int(own["id"].split("/")[5])
    lead(linked, "own column", "add-multiply", number)
    student = linked.platform.add_user("Ume")
    linked.come(student, "own column")
    store_report(linked, student, 0.6, exercise="add-multiply")
    with linked.parts.start("passback"):
        until(lambda: linked.platform.scores.get((number, student.id), {}).get("scoreGiven") == 6.0)
        del linked.platform.columns[number]
        store_report(linked, student, 0.7, exercise="add-multiply")
        until(lambda: given(linked.platform, student) == 7.0)
    made = [item for item in linked.platform.columns.values() if item.get("resourceLinkId") == "own column"]
    assert [item["scoreMaximum"] for item in made] == [10.0]


def test_where_a_look_through_all_courses_takes_long_it_is_seldom(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int | None] = []

    def look_hard(session: Session, course_id: int | None = None) -> list[State]:
        looks.append(course_id)
        ends = time.thread_time() + 0.5
        while time.thread_time() < ends:
            pass
        return []

    monkeypatch.setattr(scores, "states", look_hard)
    often = replace(linked.parts.configuration, passback_seconds=0.1)
    stopped = threading.Event()
    passing_back = threading.Thread(target=keep_passing_back, args=(linked.parts.database, often, stopped))
    passing_back.start()
    passing_back.join(3)
    stopped.set()
    passing_back.join()
    figures = Figures(linked.parts.database, linked.parts.app.extensions["gradient_grader_celery"])
    for _ in range(3):
        assert any(gauge.name == "gradient_grader_passback_scores" for gauge in figures.collect())
    assert looks == [None, None]  # each of the two rests for five seconds then


def test_nothing_is_sent_to_a_platform_that_is_inactive(linked: Linked) -> None:
    def change(active: bool) -> None:
        with linked.parts.database.writing() as session:
            platform = session.scalars(select(LtiPlatform)).one()
            change_platform(session, None, platform, {"active": active}, allow_private=True)

    student = student_with(linked, "Wako", 0.3)
    change(active=False)
    try:
        path = f"/api/v1/courses/{linked.parts.school.course}/platforms/scores"
        assert linked.parts.client("instructor").get(path).json == []
    finally:
        change(active=True)
    with linked.parts.start("passback"):
        until(lambda: given(linked.platform, student) == 3.0)


def test_an_assignment_that_a_link_leads_to_may_be_deleted_and_the_link_is_set_up_anew(linked: Linked) -> None:
    client = linked.parts.client("instructor")
    assignments = f"/api/v1/courses/{linked.parts.school.course}/assignments"
    number = client.post(assignments, {"exercise": "add", "points": 2}).json["id"]
    lead_to(linked, "given up", number)
    assert client.request("DELETE", f"/api/v1/assignments/{number}").status == 204
    page = linked.launch(linked.teacher, linked.come(linked.teacher), **linked.platform.resource("given up"))
    assert "/lti/launches/" in page.url
    lead(linked, "given up", "add")
