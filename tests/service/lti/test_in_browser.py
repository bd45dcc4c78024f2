"""A platform's page with this service in a frame, in a real browser: what it lets through and what it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from grader import catalogue
from tests.service.lti.conftest import Linked
from tests.service.pages.browsing import DESK, PHONE, chromium, visit

pytestmark = pytest.mark.parametrize("place", ["embedded"], indirect=True)  # a browser sees no other back end


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def test_from_a_frame_a_student_goes_on_in_a_tab_of_its_own(linked: Linked, browser: Browser) -> None:
    student = linked.platform.add_user("Framed")
    shown = linked.platform.shows(student, **linked.platform.resource("multiply"))
    with visit(browser, linked.platform.address) as visitor:
        visitor.go(shown)
        frame = visitor.page.frame_locator("iframe")
        expect(frame.get_by_text("You come from A platform as Framed.")).to_be_visible()
        with visitor.page.expect_popup() as opened:
            frame.get_by_role("button", name="Open in a new tab").click()
        opened.value.wait_for_url("**/assignments/*")
        assert visitor.complaints == []


def test_in_a_frame_an_instructor_picks_an_assignment_and_is_back_at_the_platform(
    linked: Linked, browser: Browser
) -> None:
    linked.come(linked.teacher)
    shown = linked.platform.shows(linked.teacher, **linked.platform.selection())
    with visit(browser, linked.platform.address) as visitor:
        visitor.go(shown)
        frame = visitor.page.frame_locator("iframe")
        number = linked.parts.school.assignments["maximum"]
        frame.get_by_label("Assignment").select_option(f"assignment:{number}")
        frame.get_by_role("button", name="Link this one").click()
        expect(frame.get_by_text(f"Linked: {catalogue()['maximum'].title['en']}")).to_be_visible()
        assert visitor.complaints == []


def test_no_other_site_shows_it_in_a_frame(linked: Linked, browser: Browser) -> None:
    student = linked.platform.add_user("Embedded elsewhere")
    shown = linked.platform.shows(student, **linked.platform.resource("multiply"))
    elsewhere = linked.platform.address.replace("127.0.0.1", "localhost")  # to a browser another site
    with visit(browser, elsewhere) as visitor:
        visitor.go(shown)
        visitor.page.wait_for_function("document.querySelector('iframe') !== null")
        visitor.page.frame_locator("iframe").locator("body").wait_for(state="attached")
        expect(visitor.page.frame_locator("iframe").get_by_text("Embedded elsewhere")).to_have_count(0)
        assert any("frame-ancestors" in complaint for complaint in visitor.complaints)


@pytest.mark.parametrize(("locale", "viewport"), [("en-GB", DESK), ("ja-JP", PHONE)])
def test_its_pages_fit_and_are_accessible(linked: Linked, browser: Browser, locale: str, viewport: object) -> None:
    student = linked.platform.add_user("Looker")
    teacher = linked.parts.school.tokens["instructor"]
    with visit(browser, linked.address, teacher, locale=locale, viewport=viewport) as visitor:
        visitor.go(f"/courses/{linked.parts.school.course}/platforms")
        visitor.look_over()
        visitor.go(f"/courses/{linked.parts.school.course}")
        visitor.look_over()
        for user, message in (
            (student, linked.platform.resource("multiply")),
            (linked.teacher, linked.platform.selection()),
            (linked.teacher, linked.platform.resource("to be placed")),
            (student, {**linked.platform.resource("multiply"), "exp": 1}),
        ):
            visitor.page.goto(linked.platform.begins_at(user, **message))
            visitor.page.wait_for_url(f"{linked.address}/**")
            visitor.page.wait_for_load_state()
            refused = [text for text in visitor.complaints if "400 (BAD REQUEST)" in text]
            visitor.complaints[:] = [text for text in visitor.complaints if text not in refused]
            visitor.look_over()
