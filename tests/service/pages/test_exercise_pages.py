"""The pages of exercises: the catalogue, hand-outs, and where instructors write their own; with and without script."""

from __future__ import annotations

from html import unescape
from typing import Literal

import pytest
from playwright.sync_api import Locator, ViewportSize, expect

from grader import LANGUAGES, catalogue
from service.models import Assignment
from tests.service.conftest import Parts
from tests.service.pages.browsing import DESK, PHONE, chromium, visit
from tests.service.pages.test_pages import browser, school, send

__all__ = ["school"]  # a fixture

SQUARE = (
    "name: {name}\ntitle: {{en: A square, ja: 平方}}\ninputs: {{x: {{}}}}\nforward: |\n  f = x ** 2\ngradients: [dx]\n"
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_exercise_of_the_catalogue_has_its_hand_out(school: Parts, language: str) -> None:
    client = browser(school, "student")
    listed = unescape(client.get(f"/exercises?language={language}").text)
    for name, exercise in catalogue().items():
        assert exercise.title_in(language) in listed
        page = client.get(f"/exercises/{name}?language={language}")
        assert page.status_code == 200
        assert exercise.title_in(language) in unescape(page.text)
        assert all(f"<code>{ask.name}</code>" in page.text for ask in exercise.asks)


def test_a_skeleton_is_a_file_of_the_exercises_name_in_the_readers_language(school: Parts) -> None:
    client = browser(school, "student")
    answer = client.get("/exercises/two-layer/skeleton.py?language=ja")
    assert answer.headers["Content-Disposition"] == "attachment; filename=two-layer.py"
    assert answer.content_type == "text/x-python; charset=utf-8"
    assert "順伝播" in answer.text
    assert client.get("/exercises/two-layer/skeleton.ipynb").content_type == "application/x-ipynb+json"
    assert client.get("/exercises/two-layer/skeleton.exe").status_code == 404
    assert client.get("/exercises/nothing").status_code == 404


def test_the_pages_of_exercises_are_for_those_who_are_signed_in_and_writing_for_those_who_teach(school: Parts) -> None:
    paths = ("/exercises", "/exercises/add", "/exercises/add/skeleton.py")
    writing = f"/courses/{school.school.course}/exercises"
    for path in (*paths, writing):
        assert browser(school).get(path).status_code == 302
    for who in ("student", "other instructor"):
        assert all(browser(school, who).get(path).status_code == 200 for path in paths)
        assert browser(school, who).get(writing).status_code == 404
        assert send(browser(school, who), writing, source=SQUARE.format(name="square")).status_code == 404
    assert browser(school, "instructor").get(writing).status_code == 200


def test_without_script_a_form_previews_and_stores_and_says_what_is_wrong_at_which_line(school: Parts) -> None:
    client, path = browser(school, "instructor"), f"/courses/{school.school.course}/exercises"
    assert "name: my-exercise" in client.get(path).text
    source = SQUARE.format(name="by-form").replace("\n", "\r\n")
    shown = send(client, path, source=source)
    assert shown.status_code == 200
    assert "dx = 2*x" in shown.text
    assert '<h2 id="task">A square</h2>' in shown.text
    assert "1 point" in shown.text
    assert "```" not in shown.text
    assert "point(s)" not in shown.text
    assert "by-form" not in client.get(path).text
    stored = send(client, path, source=source, store="yes")
    assert (stored.status_code, stored.headers["Location"]) == (303, f"{path}?name=by-form")
    assert "f = x ** 2" in client.get(stored.headers["Location"]).text
    assert ">平方</a>" in client.get(f"{path}?language=ja").text
    assert ">A square · by-form</option>" in client.get(f"/courses/{school.school.course}/assignments/new").text
    refused = send(client, path, source=source.replace("x ** 2", "x ** <b>"), store="yes")
    assert refused.status_code == 422
    assert "Line 5" in refused.text
    assert "x ** &lt;b&gt;" in refused.text
    assert "<b>" not in refused.text


def test_an_assignment_of_variants_shows_each_student_their_own_and_leads_to_its_files(school: Parts) -> None:
    with school.database.writing() as session:
        made = Assignment(course_id=school.school.course, exercise="two-layer", title="Mine", points=1.0, variants=True)
        session.add(made)
        session.flush()
        number = made.id
    for path in (f"/assignments/{number}", f"/exercises/two-layer/skeleton.py?assignment={number}"):
        own, classmates = (browser(school, who).get(path).text for who in ("student", "classmate"))
        assert own != classmates.replace("Classmate", "Student")
        assert "yours alone" in own or path.startswith("/exercises")
    assert (
        f"/exercises/two-layer/skeleton.ipynb?assignment={number}"
        in browser(school, "student").get(f"/assignments/{number}").text
    )


def type_instead(editor: Locator, text: str) -> None:
    """Types over all that is in the editor, which holds only the lines near those that are seen."""
    editor.click()
    editor.press("ControlOrMeta+A")
    editor.page.keyboard.insert_text(text)


@pytest.mark.parametrize("place", ["embedded"], indirect=True)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")])
def test_an_exercise_is_previewed_as_it_is_written(
    running: Parts, language: str, size: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    address, tokens = running.configuration.public_url, running.school.tokens
    options = {"viewport": size, "color_scheme": scheme, "locale": language}
    with chromium() as chrome, visit(chrome, address, tokens["instructor"], **options) as reader:
        reader.go(f"/courses/{running.school.course}/exercises")
        source, preview = reader.page.locator(".cm-content"), reader.page.locator("#preview")
        expect(preview.locator("table").last).to_contain_text("(n_y, m)", timeout=15_000)
        expect(reader.page.locator(".cm-lineNumbers")).to_contain_text("12")
        expect(source).to_contain_text("# 新しい問題。" if language == "ja" else "# A new exercise.")
        comment = source.locator(".cm-line").first.locator("span").first
        assert comment.evaluate("node => getComputedStyle(node).fontStyle") == "italic"
        reader.look_over()
        type_instead(source, SQUARE.format(name="typed"))
        expect(reader.page.locator("#source")).to_have_value(SQUARE.format(name="typed"))
        expect(preview).to_contain_text("dx = 2*x", timeout=15_000)
        type_instead(source, SQUARE.format(name="typed").replace("x ** 2", "y"))
        expect(preview).to_contain_text("f = y", timeout=15_000)
        expect(preview.locator(".said.wrong")).to_contain_text("5")
        for path in ("/exercises", "/exercises/two-layer"):
            reader.complaints.clear()  # a refused exercise is answered with 422, which the console tells
            reader.go(path)
            reader.look_over()
