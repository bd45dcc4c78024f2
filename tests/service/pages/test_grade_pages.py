"""The pages about grades: giving them by hand, grading again, old reports, and who changed what."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from grader import LANGUAGES, read_exercise
from service import audit, enrolment
from service.exercises import store
from service.models import Extension
from service.personal import GONE
from tests.service.conftest import Parts, Place, make_parts
from tests.service.grading_again import HALF, account_id, grade_all, hand_in, person
from tests.service.pages.test_pages import NASTY, browser, send
from tests.service.statements import counted

CHANGED = """
name: multiply
inputs: {x: {}, y: {}}
forward: |
  f = x * y
gradients:
  dx: {of: f, wrt: x, points: 3}
  dy: {of: f, wrt: y}
"""


@pytest.fixture(scope="module")
def school(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """The school, of which no process runs; half of what the student handed in is right."""
    with make_parts(place, tmp_path_factory.mktemp("grades")) as parts:
        hand_in(parts, HALF)
        grade_all(parts)
        yield parts


def grade_page(school: Parts, who: str = "student") -> str:
    return f"/assignments/{school.school.assignments['multiply']}/grades/{account_id(school, who)}"


def shown(page: str) -> str:
    """A page's text, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_a_grade_is_given_by_a_form_seen_by_the_student_and_withdrawn(school: Parts) -> None:
    teacher, student = browser(school, "instructor"), browser(school, "student")
    path, course = grade_page(school), f"/courses/{school.school.course}/grades"
    assert send(teacher, path, score="8.5", comment=NASTY).status_code == 303
    page = teacher.get(path).text
    assert "8.5 of 10 points" in page
    assert "Reached by handing in: 5 of 10 points" in page
    assert "<script>alert" not in page
    assert "given by hand" in teacher.get(course).text
    theirs = student.get(f"/assignments/{school.school.assignments['multiply']}").text
    assert "Instructor gave you 8.5 of 10 points." in shown(theirs)
    assert "<script>alert" not in theirs
    home = student.get("/").text
    assert "8.5 of 10 points" in home
    assert "given by hand" in home
    [report] = set(re.findall(r"/submissions/\d+", home))
    assert "Instructor gave you 8.5 of 10 points." in shown(student.get(report).text)
    assert "gave you" not in teacher.get(report).text
    assert send(teacher, path, withdraw="yes").status_code == 303
    assert "given by hand" not in teacher.get(course).text.replace("one that was given by hand", "")
    assert "gave you" not in student.get(f"/assignments/{school.school.assignments['multiply']}").text
    assert "gave you" not in student.get(report).text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"score": "", "comment": "x"}, "A grade is a number from 0 to 100."),
        ({"score": "101", "comment": "x"}, "A grade is a number from 0 to 100."),
        ({"score": "nan", "comment": "x"}, "A grade is a number from 0 to 100."),
        ({"score": "5", "comment": " \0 "}, "Write a comment of up to 2000 characters"),
    ],
)
def test_a_form_that_cannot_be_meant_is_shown_again_with_what_to_change(
    school: Parts, fields: dict[str, str], told: str
) -> None:
    answer = send(browser(school, "instructor"), grade_page(school), **fields)
    assert answer.status_code == 422
    assert told in answer.text
    assert f'value="{fields["score"]}"' in answer.text


def test_grading_again_is_asked_for_watched_and_compared(school: Parts) -> None:
    teacher, path = browser(school, "instructor"), f"/courses/{school.school.course}/regrades"
    refused = send(teacher, path, reason=" ")
    assert (refused.status_code, "Write a reason" in refused.text) == (422, True)
    nothing = send(teacher, path, reason="x", outdated="yes")
    assert (nothing.status_code, "Nothing that is graded already fits" in nothing.text) == (409, True)
    with school.app.app_context():
        store(person(school, "instructor"), school.school.course, read_exercise(CHANGED))
    answer = send(teacher, path, reason=NASTY, outdated="yes", student=str(account_id(school)))
    assert answer.status_code == 303
    page = teacher.get(answer.location).text
    assert "0 of 1 done" in page
    assert "data-until-done" in page
    assert 'http-equiv="refresh"' in page
    grade_all(school)
    page = teacher.get(answer.location + "?only=changed").text
    assert "1 of 1 done" in page
    assert "data-until-done" not in page
    assert "7.5 / 10" in page
    assert "<script>alert" not in page
    assert "Nothing here." in teacher.get(answer.location + "?only=failed").text
    assert answer.location in teacher.get(path).text


def test_old_reports_stay_readable_for_those_who_grade(school: Parts) -> None:
    teacher, student = browser(school, "instructor"), browser(school, "student")
    number = hand_in(school, HALF)
    grade_all(school)
    send(teacher, f"/courses/{school.school.course}/regrades", reason="x", submission=str(number))
    grade_all(school)
    page = teacher.get(f"/submissions/{number}").text
    [old] = set(re.findall(rf"/submissions/{number}\?report=\d+", page))
    assert "not in force any more" in teacher.get(old).text
    assert "not in force any more" not in page
    theirs = student.get(old).text
    assert "not in force any more" not in theirs
    assert "Reports on this submission" not in theirs


def test_the_log_tells_changes_in_words_and_what_it_has_no_word_for_as_it_is(school: Parts) -> None:
    with school.database.writing() as session:
        details = {"before": {"title": NASTY, "same": 1}, "after": {"title": "New", "same": 1}, "more": [1]}
        audit.record(session, None, "polish", "telescope", 7, school.school.course, **details)
        audit.record(session, person(school, "instructor"), "change", "course", 1, school.school.course, **details)
    page = browser(school, "instructor").get(f"/courses/{school.school.course}/audit").text
    assert "Instructor changed the settings of the course." in shown(page)
    assert "A command on the server: telescope 7, polish" in shown(page)
    assert "more: 1" in shown(page)
    assert "same:" not in shown(page)
    assert "<script>alert" not in page
    filtered = browser(school, "instructor").get(f"/courses/{school.school.course}/audit?kind=telescope").text
    assert "changed the settings" not in shown(filtered)


def log(school: Parts, language: str = "en") -> list[str]:
    """What the log says, an entry each, the newest first; what was is in [brackets]."""
    address = f"/courses/{school.school.course}/audit?language={language}"
    page = re.sub(r"<del>(.*?)</del>", r"[\1]", browser(school, "instructor").get(address).text)
    return [shown(row) for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)[1:]]


def test_the_log_says_who_did_what_to_whom_in_which_assignment_and_each_value_before_and_after(school: Parts) -> None:
    teacher, course = browser(school, "instructor"), school.school.course
    path = f"/assignments/{school.school.assignments['multiply']}"
    for zone in ("UTC", "Asia/Tokyo"):
        send(teacher, f"/courses/{course}/settings", title="Nets", zone=zone)
    for more in ("1", "2"):
        send(teacher, f"{path}/extensions", student=str(account_id(school)), more_attempts=more)
    send(teacher, f"{path}/extensions/{account_id(school)}/withdraw")
    with school.database.writing() as session:
        enrolled = enrolment.find(session, course, account_id(school))
        assert enrolled is not None
        enrolment.write(session, person(school, "instructor"), enrolled, sid="S7", section="B")
    send(teacher, f"/courses/{course}/join-codes", days="7")
    code, known, withdrawn, changed, given, settings = log(school)[:6]
    assert "Instructor gave Student an extension in A product. More attempts: 1" in given
    assert "Instructor changed the extension of Student in A product. More attempts: [1] → 2" in changed
    assert "Instructor withdrew the extension of Student in A product." in withdrawn
    assert "More attempts: [2]" in withdrawn
    assert "changed what the course knows of Student. Section: [–] → B Number: [–] → S7" in known
    assert "Time zone: [UTC] → Asia/Tokyo" in settings
    assert re.search(r"made a join code. Holds until: \d{4}-\d\d-\d\d \d\d:\d\d JST", code)
    assert all("JST" in entry for entry in log(school))
    japanese = log(school, "ja")
    assert "Instructor が「積のゲート」で Student に延長を設定しました。" in japanese[4]
    assert "追加の提出回数: [1] → 2" in japanese[3]


def test_what_the_course_knows_of_somebody_is_kept_without_what_cannot_be_shown(school: Parts) -> None:
    path = f"/courses/{school.school.course}/people/{account_id(school)}"
    odd = {"role": "student", "sid": "S\0 7\x1b", "section": "B\u200b"}
    assert send(browser(school, "instructor"), path, **odd).status_code == 303
    with school.database.reading() as session:
        enrolled = enrolment.find(session, school.school.course, account_id(school))
        assert enrolled is not None
        assert (enrolled.sid, enrolled.section) == ("S 7", "B")


def test_the_log_reads_what_was_written_before_and_names_nobody_by_a_number_that_was_given_again(school: Parts) -> None:
    course, student = school.school.course, account_id(school)
    send(browser(school, "instructor"), f"/courses/{course}/settings", title="Nets", zone="Asia/Tokyo")
    with school.database.writing() as session:
        after = {"account_id": student, "due_at": "2026-11-25T14:59:00+00:00", "more_attempts": 1}
        audit.record(session, None, "create", "extension", 77, course, after=after)
        audit.record(
            session, None, "change", "extension", 77, course, before={"due_at": "soon"}, after={"due_at": None}
        )
        audit.record(session, None, "enrol", "person", 999_999, course, after={"role": "assistant", "sid": GONE})
        audit.record(
            session, None, "change", "assignment", 999_999, course, before={"points": 1}, after={"points": 2.5}
        )
        gone = {"id": 7, "exercise": "add", "title": "", "due_at": None, "policy": {"float32": 0.5}}
        audit.record(session, None, "delete", "assignment", 999_998, course, before=gone)
        session.flush()
        session.add(Extension(assignment_id=school.school.assignments["multiply"], account_id=student, id=77))
    deleted, changed, enrolled, moved, given = log(school)[:5]
    assert "gave Student an extension in an assignment that is not known any more. Due: 2026-11-25 23:59 JST" in given
    assert "changed the extension of somebody in an assignment that is not known any more. Due: [soon] → –" in moved
    assert "enrolled somebody. Role: Assistant Number: deleted" in enrolled
    assert "changed how an assignment that is not known any more is handed out. Points: [1] → 2.5" in changed
    assert "deleted A sum." in deleted
    assert "What is not quite a mistake: [Computed in float32: 50%]" in deleted


def test_the_log_asks_no_more_of_the_database_for_more_entries(school: Parts) -> None:
    sent = counted(school.database.engine)
    counts = []
    for _ in range(2):
        log(school)
        counts.append(len(sent))
        sent.clear()
        with school.database.writing() as session:
            for who in ("student", "instructor", "assistant"):
                number = account_id(school, who)
                audit.record(session, None, "change", "person", number, school.school.course, after={"sid": "1"})
        sent.clear()
    assert counts[0] == counts[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_is_there_in_each_language(school: Parts, language: str) -> None:
    course, teacher = school.school.course, browser(school, "instructor")
    send(teacher, "/language", language=language)
    for path in (grade_page(school), f"/courses/{course}/regrades", f"/courses/{course}/audit", f"/courses/{course}"):
        assert teacher.get(path).status_code == 200
    assert teacher.get("/regrades/999999").status_code == 404
    assert teacher.get(f"/assignments/999999/grades/{account_id(school)}").status_code == 404
