"""The pages without a browser: who may see what, what is escaped, and every verdict in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from grader import LANGUAGES, Code, Limits, Report, Sandbox, Symbols, catalogue, grade, trial_set
from grader.report import Entry, Finding, GradientReport, Note, Run, Shape
from service import grading
from service.models import GRADED, UNGRADED, Account, Assignment, Course, Enrolment, Submission
from service.pages.source import source
from tests.service.conftest import PASSWORD, Parts, Place, make_parts
from tests.service.grading_again import account_id, add_report

PEOPLE = ("student", "classmate", "instructor", "other student", "other instructor")
NASTY = "<script>alert(1)</script>{{ 7 * 7 }} & \"' \x1b[31m \u202e"


@pytest.fixture(scope="module")
def school(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """The school, of which no process runs."""
    with make_parts(place, tmp_path_factory.mktemp("school")) as parts:
        yield parts


def browser(school: Parts, name: str = "") -> FlaskClient:
    """A browser in which this person is signed in."""
    client = school.app.test_client()
    if name:
        assert client.get(f"/sign-in/{school.school.tokens[name]}").status_code == 303
    return client


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """A form as a browser sends it, with the CSRF token that a page gave."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in", follow_redirects=True).text)
    assert found
    return client.post(path, data={"csrf_token": found[1], **fields})


def keep(
    school: Parts, name: str, report: Report, source: str = "dfdx = y", status: str = GRADED, notebook: bool = False
) -> int:
    """Stores a graded submission of that person's to `multiply`; its number."""
    with school.database.writing() as session:
        account = session.scalars(select(Account).where(Account.email == f"{name.replace(' ', '.')}@example.org")).one()
        assignment = school.school.assignments["multiply"]
        earlier = session.query(Submission).filter_by(account_id=account.id, assignment_id=assignment).count()
        made = Submission(
            assignment_id=assignment, account_id=account.id, attempt=earlier + 1, exercise="multiply", kind=report.kind,
            payload={"source": source, "notebook": notebook, "filename": NASTY}, trial_set=0, status=status,
        )  # fmt: skip
        session.add(made)
        session.flush()
        figures = {"verdict": report.verdict, "score": report.score, "max_score": report.max_score}
        wrong = list(report.wrong)
        add_report(session, made.id, report=report.to_dict(), wrong=wrong, **figures)
        return made.id


def gradient(verdict: str, **changes: object) -> GradientReport:
    shape = Shape("(n_h, n_x)", (4, 2), (2, 4) if verdict == "wrong_shape" else (4, 2))
    return replace(GradientReport(f"d_{verdict}", "W", verdict, 0.0, 1.0, shape), **changes)  # type: ignore[arg-type] # any verdict, any field


EVERYTHING = Report(
    exercise="multiply", exercise_digest="", verdict="mismatch", kind="code", interface="script", score=1, max_score=9,
    gradients=(
        gradient("match", points=1.0, relative_error=2e-16, numerical_relative_error=1e-10, notes=(Note("undecided"),)),
        gradient("mismatch", relative_error=float("inf"), wrong_entries=2, entries=8,
                 findings=(Finding("right_only_when_one", parameters={"dimension": "m"}, certain=False),),
                 worst=(Entry((0, 1), float("nan"), 0.5, None), Entry((1, 0), 0.50000001, 0.5, 0.5))),
        gradient("follow_through", follows_from="d_mismatch", relative_error=0.5),
        gradient("wrong_shape"),
        *map(gradient, ("missing", "not_array", "not_real", "not_finite", "undecided")),
    ),
    run=Run("crashed", "raised", {"type": "ValueError", "text": NASTY, "traceback": NASTY}, line=1, stdout=NASTY),
    findings=(Finding("undecided"),), notes=(Note("undecided"),), trials=6,
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_on_a_gradient_has_its_word(school: Parts, language: str) -> None:
    client = browser(school, "student")
    send(client, "/language", language=language)
    page = client.get(f"/submissions/{keep(school, 'student', EVERYTHING)}").text
    for item in EVERYTHING.gradients:
        assert f'id="of-{item.name}"' in page
    words = {
        "en": ("Wrong shape", "Not answered", "Undecided", "nan"),
        "ja": ("形が違う", "解答なし", "判定できず", "nan"),
    }
    assert all(word in page for word in words[language])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", ["match", "mismatch", "not_run", "needs_review", "ungraded"])
def test_every_verdict_on_a_submission_has_its_page(school: Parts, verdict: str, language: str) -> None:
    report = replace(EVERYTHING, verdict=verdict, gradients=() if verdict == "ungraded" else EVERYTHING.gradients)
    status = UNGRADED if verdict == "ungraded" else GRADED
    client = browser(school, "student")
    send(client, "/language", language=language)
    page = client.get(f"/submissions/{keep(school, 'student', report, status=status)}").text
    assert report.summary(language) in page


def test_nothing_a_student_wrote_reaches_a_page_unescaped_or_unseen(school: Parts) -> None:
    number = keep(school, "student", EVERYTHING, source=NASTY)
    for name, path in (("student", f"/submissions/{number}"), ("instructor", f"/submissions/{number}"),
                       ("student", f"/assignments/{school.school.assignments['multiply']}?from={number}")):  # fmt: skip
        page = browser(school, name).get(path).text
        assert "<script>alert" not in page
        assert "{{ 7 * 7 }}" in page
        if path.startswith("/submissions"):
            assert "\x1b" not in page
            assert "\u202e" not in page


def test_no_page_holds_a_script_or_a_style_of_its_own(school: Parts) -> None:
    assignment = school.school.assignments["multiply"]
    number = keep(school, "student", EVERYTHING)
    for name, path in (
        ("", "/sign-in"),
        ("student", "/"),
        ("student", f"/assignments/{assignment}"),
        ("student", f"/submissions/{number}"),
        ("instructor", f"/courses/{school.school.course}"),
    ):
        answer = browser(school, name).get(path)
        assert answer.status_code == 200
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", answer.text)


def test_a_page_is_shown_to_those_whose_it_is_and_to_nobody_else(school: Parts) -> None:
    own = keep(school, "student", EVERYTHING)
    first, theirs = school.school.assignments["multiply"], school.school.other_assignment
    table = {
        "/": set(PEOPLE),
        f"/assignments/{first}": {"student", "classmate", "instructor"},
        f"/assignments/{theirs}": {"other student", "other instructor"},
        f"/submissions/{own}": {"student", "instructor"},
        f"/courses/{school.school.course}": {"instructor"},
        f"/courses/{school.school.other_course}": {"other instructor"},
        "/courses/999999": set(),
    }
    for path, allowed in table.items():
        for name in PEOPLE:
            status = browser(school, name).get(path, follow_redirects=True).status_code
            assert status == (200 if name in allowed else 404), (name, path)
        assert browser(school).get(path).status_code == 302, path


def test_a_number_that_no_database_holds_is_nothing(school: Parts) -> None:
    for path in ("/submissions/{}", "/assignments/{}", "/courses/{}", "/assignments/1?from={}"):
        status = browser(school, "student").get(path.format(9**40)).status_code
        assert status == (200 if "?" in path else 404)


def test_another_students_attempt_is_not_typed_in_for_me(school: Parts) -> None:
    number = keep(school, "student", EVERYTHING, source="secret = 1")
    path = f"/assignments/{school.school.assignments['multiply']}?from={number}"
    assert "secret = 1" in browser(school, "student").get(path).text
    for name in ("classmate", "instructor"):
        assert "secret = 1" not in browser(school, name).get(path).text


def test_signing_in_takes_an_address_with_a_password_or_a_token(school: Parts) -> None:
    for fields in (
        {"email": "Student@Example.org ", "password": PASSWORD},
        {"token": school.school.tokens["student"]},
    ):
        client = browser(school)
        assert send(client, "/sign-in", next="/assignments/1", **fields).headers["Location"] == "/assignments/1"
        assert "My assignments" in client.get("/").text
        send(client, "/sign-out")
        assert client.get("/").status_code == 302
    for fields in ({"email": "student@example.org", "password": "wrong"}, {"token": "gg_wrong"}, {"email": "nobody"}):
        answer = send(browser(school), "/sign-in", **fields)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    assert browser(school).get("/sign-in/gg_wrong").status_code == 422


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_site_signs_anybody_in_to_its_own_account(school: Parts, site: str) -> None:
    address = f"/sign-in/{school.school.tokens['classmate']}"
    for name in ("", "student"):
        client = browser(school, name) if name else browser(school)
        led = client.get(address, headers={"Sec-Fetch-Site": site})
        assert (led.status_code, 'role="alert"' in led.text) == (422, True)
        assert "Classmate" not in client.get("/", follow_redirects=True).text
    typed = browser(school)
    assert typed.get(address, headers={"Sec-Fetch-Site": "none"}).status_code == 303
    assert "Classmate" in typed.get("/").text


@pytest.mark.parametrize(
    "address", ["https://example.org", "//example.org", "/\\example.org", "javascript:alert(1)", "[", ""]
)
def test_nobody_is_sent_to_another_site(school: Parts, address: str) -> None:
    answer = send(browser(school), "/sign-in", token=school.school.tokens["student"], next=address)
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/language", "/assignments/1"])
def test_a_form_that_another_site_sends_is_refused(school: Parts, path: str) -> None:
    answer = browser(school, "student").post(path, data={"source": "dfdx = y"}, headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert "did not arrive" in answer.text


def test_what_cannot_be_handed_in_is_refused_in_words_and_stays_typed(school: Parts) -> None:
    client, path = browser(school, "student"), f"/assignments/{school.school.assignments['multiply']}"
    empty = send(client, path, kind="code", source=" ")
    assert (empty.status_code, "There is no code in what" in empty.text) == (422, True)
    nul = send(client, path, kind="code", source="a = 1\n\0")
    assert (nul.status_code, "NUL" in nul.text, "a = 1" in nul.text) == (422, True, True)
    none = send(client, path, kind="symbolic", **{"answer-dx": " "})
    assert (none.status_code, "No answer was given" in none.text) == (422, True)
    assert "dfdx" not in none.text


def test_symbols_for_an_exercise_that_takes_code_are_refused_and_cost_no_attempt(school: Parts) -> None:
    with school.database.writing() as session:
        made = Assignment(course_id=school.school.course, exercise="central-difference", title="Slope", points=2.0)
        session.add(made)
        session.flush()
        number = made.id
    client, path = browser(school, "classmate"), f"/assignments/{number}"
    answer = send(client, path, kind="symbolic", **{"answer-slope": "x"})
    assert (answer.status_code, "takes code, not expressions" in answer.text) == (422, True)
    assert "Attempt 1" not in client.get(path).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_exercise_of_the_catalogue_can_be_handed_out(school: Parts, language: str) -> None:
    with school.database.writing() as session:
        course = session.get_one(Course, school.school.other_course)
        made = [
            Assignment(course_id=course.id, exercise=name, title=exercise.title["en"], points=7.0)
            for name, exercise in catalogue().items()
        ]
        session.add_all(made)
    client = browser(school, "other student")
    send(client, "/language", language=language)
    for assignment in made:
        for by in ("code", "symbolic"):
            page = client.get(f"/assignments/{assignment.id}?by={by}")
            assert page.status_code == 200, assignment.exercise
            assert catalogue()[assignment.exercise].title[language] in unescape(page.text)


def test_a_hand_in_goes_to_its_page_which_waits_for_the_report(school: Parts) -> None:
    client = browser(school, "classmate")
    answer = send(client, f"/assignments/{school.school.assignments['add']}", kind="code", source="dfdx = 1")
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "Place 1 in the queue." in page
    assert "/api/v1/submissions/" in page
    assert "Waiting" in browser(school, "instructor").get(f"/courses/{school.school.course}").text


LAYERS = {"seccomp": True, "landlock": 4, "rlimits": True, "unsafe": False}


def test_who_teaches_sees_which_layers_grade_the_course(school: Parts) -> None:
    client, course = browser(school, "instructor"), f"/courses/{school.school.course}"
    assert "No worker is running" in client.get(course).text
    try:
        for name, layers in (("one", LAYERS), ("two", LAYERS), ("three", {**LAYERS, "landlock": 0})):
            grading.announce(school.database, name, layers)
        page = " ".join(client.get(course).text.split())
        assert "Sandbox of 2 workers: seccomp, Landlock ABI 4, limits" in page
        assert "Sandbox of 1 worker: seccomp, no Landlock (its kernel has none), limits" in page
        assert "There is no sandbox" not in page
        grading.announce(school.database, "three", {**LAYERS, "seccomp": False, "unsafe": True})
        assert '<div role="alert"><div class="said wrong">' in (unsafe := client.get(course).text)
        assert "There is no sandbox" in unsafe
    finally:
        for name in ("one", "two", "three"):
            grading.withdraw(school.database, name)


MARKDOWN = '{"cell_type": "markdown", "source": "words"}'
CODE = '{"cell_type": "code", "source": ["a = 1\\n", "b"]}'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f'{{"cells": [{MARKDOWN}, {CODE}]}}', ("a = 1", "b")),
        ('{"cells": [{"cell_type": "code", "source": "a = \'\\ud800\'"}]}', ("a = '?'",)),
        ("not JSON", ("not JSON",)),
        ("[" * 5000, ("[" * 5000,)),
        ('{"cells": 3}', ('{"cells": 3}',)),
    ],
    ids=["cells", "half a character", "text", "deep", "no cells"],
)
def test_of_a_notebook_the_code_cells_are_shown_and_else_its_text(text: str, shown: tuple[str, ...]) -> None:
    found = source({"source": text, "notebook": True, "filename": "a.ipynb"})
    assert found is not None
    assert found.cells == (shown,)


IN_CELLS = json.dumps(
    {"cells": [{"cell_type": "code", "source": text} for text in ("a = 1\nb = 2\n", "", "c = 3\n1 / 0\x0c\nd = 4")]}
)


@pytest.mark.parametrize(
    ("run", "notes", "shown"),
    [
        (Run("crashed", "raised", {}, line=2), (Note("raised_in_cell", {"cell": 3}),), (3, 2, "1 / 0\x0c")),
        (Run("not_runnable", "syntax_error_in_cell", {"cell": 1}, line=2), (), (1, 2, "b = 2")),
        (Run("not_runnable", "definition_failed", {}, line=2), (), None),
        (Run("crashed", "raised", {}, line=9), (Note("raised_in_cell", {"cell": 3}),), None),
        (Run("crashed", "raised", {}, line=2), (Note("raised_in_cell", {"cell": 4}),), None),
        (Run("crashed", "raised_somewhere"), (Note("raised_in_cell", {"cell": 3}),), None),
    ],
)
def test_the_line_of_an_error_in_a_notebook_is_that_of_its_cell(
    run: Run, notes: tuple[Note, ...], shown: tuple[int, int, str] | None
) -> None:
    found = source({"source": IN_CELLS, "notebook": True, "filename": "a.ipynb"})
    assert found is not None
    assert found.place(replace(EVERYTHING, run=run, notes=notes)) == shown


@pytest.mark.parametrize(
    ("second", "told", "link"),
    [
        ("x = 1\ndfdx = 1 / 0\n", "ZeroDivisionError", "Code cell 2 · Line 2"),
        ("x = 1\ndfdx = 1 / = 0\n", "Line 2 of code cell 2 is not Python", "To the line"),
    ],
)
def test_an_error_in_the_second_cell_is_shown_where_it_is(school: Parts, second: str, told: str, link: str) -> None:
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": text} for text in ("a = 1\nb = 2\n", second)]})
    exercise = catalogue()["multiply"]
    with Sandbox(Limits()) as sandbox:
        report = grade(exercise, Code(notebook, notebook=True), trial_set(exercise, b"of the tests" * 3, 0), sandbox)
    number = keep(school, "student", report, notebook, notebook=True)
    page = browser(school, "student").get(f"/submissions/{number}").text
    assert told in page
    assert f'<a href="#here">{link}</a>' in page
    shown = [unescape(line) for line in re.findall(r'<span class="line here" id="here">(.*)', page)]
    assert shown == [second.splitlines()[1]]


def test_an_error_is_a_page_to_a_browser_and_json_to_a_program(school: Parts) -> None:
    client = browser(school, "student")
    assert "There is nothing here" in client.get("/nowhere", headers={"Accept": "text/html"}).text
    assert client.get("/nowhere", headers={"Accept": "application/json"}).json["error"]["code"] == "not_found"


def test_a_course_of_many_submissions_is_filtered_and_turned_page_by_page(school: Parts) -> None:
    for _ in range(30):
        keep(school, "other student", EVERYTHING)
    with school.database.reading() as session:
        assert session.query(Submission).count() > 30
    client, course = browser(school, "instructor"), f"/courses/{school.school.course}/submissions"
    first, second = client.get(course).text, client.get(f"{course}?page=2").text
    assert "Older" in first
    assert "Newer" in second
    assert "No submission fits" in client.get(f"{course}?student=nobody%00%25").text
    assert client.get(f"{course}?page=x&assignment=-1&verdict=nonsense").status_code == 200


def test_the_state_of_a_submission_in_hand_is_told(school: Parts) -> None:
    client = browser(school, "classmate")
    answer = send(client, f"/assignments/{school.school.assignments['maximum']}", kind="symbolic", **{"answer-dx": "1"})
    number = int(answer.headers["Location"].rpartition("/")[2])
    claimed = grading.claim(school.database, number, "worker", timedelta(seconds=60))
    assert claimed is not None
    assert "Your report is being made" in client.get(answer.headers["Location"]).text
    grading.finish(school.database, claimed, replace(EVERYTHING, kind="symbolic", verdict="match", gradients=()))
    assert "All 0 gradients are right." in client.get(answer.headers["Location"]).text


def test_what_is_understood_is_shown_typeset_and_nothing_is_handed_in(school: Parts) -> None:
    client = browser(school, "student")
    path = f"/assignments/{school.school.assignments['multiply']}"
    answer = send(client, f"{path}/read", **{"answer-dx": "2y^2", "answer-dy": "<b>", "kind": "symbolic"})
    assert answer.status_code == 200
    assert "<msup>" in answer.text.split('id="understood-dx"')[1].split("</output>")[0]
    refused = answer.text.split('id="understood-dy"')[1].split("</output>")[0]
    assert "is not an expression" in refused
    assert "<b>" not in refused
    assert answer.text.count('name="answer-dx" value="2y^2"') == 1
    assert "right" not in refused
    before = client.get(path).text.count("/submissions/")
    send(client, f"{path}/read", **{"answer-dx": "y"})
    assert client.get(path).text.count("/submissions/") == before


def understood(answer: TestResponse) -> dict[str, str]:
    """What stands beside each answer, by its name."""
    outputs = re.findall(r'<output class="understood" id="understood-(\w+)".*?>(.*?)</output>', answer.text, re.DOTALL)
    return dict(outputs)


def test_what_is_understood_of_arrays_is_shown_with_lines_of_one_s_own(school: Parts) -> None:
    path = f"/assignments/{school.school.assignments['two-layer']}/read"
    answers = {"answer-dZ1": r"dA1 \odot (1 - A1^2)", "answer-dW1": "X.T @ dZ1", "answer-dZ2": "X.__class__"}
    answer = send(browser(school, "student"), path, kind="symbolic", lines="dA1 = W2^T dZ2\ndA0 = W1^T", **answers)
    assert answer.status_code == 200
    shown = understood(answer)
    assert "which could not be read. Mend dA1 first" in shown["dZ1"]
    assert "is not allowed here" in shown["dZ2"]
    assert 'mathvariant="normal">T</mi></msup>' in shown["lines"]
    answers["answer-dZ2"] = "A2 - Y"
    answer = send(browser(school, "student"), path, kind="symbolic", lines="dA1 = W2^T dZ2", **answers)
    shown = understood(answer)
    assert "<math" in shown["dZ1"]
    assert "X.T (m, n_x) @ dZ1 (n_h, m): the inner dimensions n_x and n_h differ" in shown["dW1"]


def test_what_is_understood_is_shown_to_those_in_the_course_only(school: Parts) -> None:
    path = f"/assignments/{school.school.assignments['multiply']}/read"
    assert send(browser(school, "other student"), path, **{"answer-dx": "y"}).status_code == 404
    assert browser(school, "student").post(path, data={"answer-dx": "y"}).status_code in (
        400,
        403,
    )  # without CSRF token


def test_a_report_on_symbols_shows_them_typeset(school: Parts) -> None:
    exercise = catalogue()["multiply"]
    report = grade(exercise, Symbols({"dx": "x/y", "dy": "x^2/x"}), trial_set(exercise, b"page", 0), None)  # type: ignore[arg-type]
    number = keep(school, "student", report)
    with school.database.writing() as session:
        session.get_one(Submission, number).payload = {"answers": {"dx": "x/y", "dy": "x^2/x"}}
    text = browser(school, "student").get(f"/submissions/{number}").text
    assert text.count("<math") == 4  # the two answers, what is asked with the wrong one, the forward pass
    assert "<mfrac><mrow><mi>x</mi></mrow><mrow><mi>y</mi></mrow></mfrac>" in text


def test_a_report_marks_the_lines_and_draws_the_errors(school: Parts) -> None:
    wrong = Report.from_dict(json.loads(json.dumps(EVERYTHING.to_dict())))
    errors = ((0.0, 0.7), (0.0, float("inf")), (0.0, 0.7), (0.0, 0.7))
    gradients = [replace(wrong.gradients[1], name="dx", errors=errors)]
    digest = catalogue()["multiply"].digest
    wrong = replace(wrong, gradients=tuple(gradients), exercise_digest=digest, run=Run("finished"))
    number = keep(school, "student", wrong, "x = 1\ndfdx = x")
    page = browser(school, "student").get(f"/submissions/{number}").text
    assert "Whole columns are wrong: 1." in page
    assert '<a href="#line-1-2">Line 2</a>' in page
    assert re.search(r'<span class="line marked" id="line-1-2">dfdx = x<a class="computes" href="#of-dx">dx</a>', page)


def judged(**verdicts: str) -> Report:
    gradients = tuple(gradient(verdict, name=name) for name, verdict in verdicts.items())
    return replace(EVERYTHING, gradients=gradients, run=Run("finished"), findings=(), notes=())


def test_a_report_tells_what_changed_since_the_attempt_before(school: Parts) -> None:
    for name, client in (("classmate", "classmate"), ("student", "instructor")):
        first = keep(school, name, judged(dx="mismatch", dy="match"))
        second = keep(school, name, judged(dx="match", dy="wrong_shape"))
        shown = browser(school, client).get(f"/submissions/{second}").text
        since = shown.split('aria-labelledby="since"')[1].split("</section>")[0]
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", since))
        assert "dx Wrong value → became Right" in words
        assert "dy Right → became Wrong shape" in words
        assert f'href="/submissions/{first}"' in shown.split('class="tries"')[1]
    same = keep(school, "student", judged(dx="match", dy="wrong_shape"))
    assert "No verdict has changed." in browser(school, "student").get(f"/submissions/{same}").text


def test_nothing_is_told_of_an_earlier_attempt_whose_result_is_not_shown(school: Parts) -> None:
    first = keep(school, "classmate", judged(dx="mismatch"))
    second = keep(school, "classmate", judged(dx="match"))
    number = school.school.assignments["multiply"]
    try:
        with school.database.writing() as session:
            session.get_one(Assignment, number).shown_before = "nothing"
        page = browser(school, "classmate").get(f"/submissions/{second}").text
        assert "Since attempt" not in page
        assert f"/submissions/{first}" not in page
        assert "Since attempt" in browser(school, "instructor").get(f"/submissions/{second}").text
    finally:
        with school.database.writing() as session:
            session.get_one(Assignment, number).shown_before = "everything"


@pytest.mark.parametrize(
    ("settings", "offered", "status"),
    [
        ({"practice": "full"}, "spends no attempt", 303),
        ({"practice": "worked"}, "on the worked example only", 303),
        ({"practice": "none"}, None, 409),
        ({"practice": "full", "variants": True}, None, 409),
        ({"practice": "full", "shown_before": "nothing"}, None, 409),
    ],
)
def test_a_check_is_offered_and_made_as_the_assignment_allows(
    school: Parts, settings: dict[str, object], offered: str | None, status: int
) -> None:
    number = school.school.assignments["add"]
    with school.database.writing() as session:
        for name, value in {"variants": False, "shown_before": "everything", **settings}.items():
            setattr(session.get_one(Assignment, number), name, value)
    client, spent = browser(school, "student"), attempts_at(school, number)
    page = client.get(f"/assignments/{number}").text
    assert ("data-check" in page) == (offered is not None)
    assert offered is None or offered in page
    answer = send(client, f"/assignments/{number}/check", source="dfdx = 1")
    assert answer.status_code == status
    if status == 303:
        assert "Practice" in client.get(answer.headers["Location"]).text
    else:
        assert "cannot be checked beforehand" in answer.text
        assert "dfdx = 1" in answer.text
    assert attempts_at(school, number) == spent
    with school.database.writing() as session:
        stored = session.get_one(Assignment, number)
        stored.variants, stored.practice, stored.shown_before = False, "full", "everything"


def attempts_at(school: Parts, assignment: int) -> int:
    with school.database.reading() as session:
        return session.query(Submission).filter_by(assignment_id=assignment).count()


def test_a_check_of_nothing_is_refused_beside_what_was_typed(school: Parts) -> None:
    answer = send(browser(school, "student"), f"/assignments/{school.school.assignments['multiply']}/check", source=" ")
    assert answer.status_code == 422
    assert "There is no code in what" in answer.text


def test_what_belongs_to_no_course_is_told_in_the_zone_that_the_readers_courses_share(school: Parts) -> None:
    def told(one: str, other: str) -> str:
        with school.database.writing() as session:
            session.get_one(Course, school.school.course).zone = one
            session.get_one(Course, school.school.other_course).zone = other
        return str(re.findall(r"<time [^>]*>[^<]*</time>", browser(school, "student").get("/account").text))

    there = Enrolment(account_id=account_id(school), course_id=school.school.other_course, role="student")
    try:
        assert re.search(r"data-zoned>\d{4}-\d\d-\d\d \d\d:\d\d JST<", told("Asia/Tokyo", "Europe/Berlin"))
        with school.database.writing() as session:
            session.add(there)
        assert "UTC<" in told("Asia/Tokyo", "Europe/Berlin")
        assert "data-zoned" not in told("Asia/Tokyo", "Europe/Berlin")  # the page's script knows the reader's clocks
        assert "JST<" in told("Asia/Tokyo", "Asia/Tokyo")
    finally:
        with school.database.writing() as session:
            session.delete(there)
        told("UTC", "UTC")
