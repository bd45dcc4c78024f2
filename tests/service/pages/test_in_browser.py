"""The demo course, served by the one command, read and used in a real browser as student and as instructor."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.service.client import Client
from tests.service.pages.browsing import DESK, PHONE
from tests.service.pages.demonstration import Demo, served

SWAPPED = "x = 4\ny = -3\nf = x * y\n\ndfdx = x\ndfdy = y\n"
RIGHT = "dfdx = y\ndfdy = x\n"
YOURS = re.compile(r"\byours?\b", re.IGNORECASE)
FAILS = "def backward(x, y):\n    raise ValueError(x)\n"
LONG_TITLE = "Week 7, part B: the backward pass of a network of two layers, with regularisation, by hand"
LONG_PERSON = {
    "name": "Maria-Magdalena Konstantinopoulou-Papadimitriou von und zu Hohenstein",
    "email": "maria-magdalena.konstantinopoulou-papadimitriou@students.department-of-computer-science.example.org",
    "section": "Tuesday and Thursday, Dr. Konstantinopoulou-Papadimitriou",
    "sid": "2026-CS-000000000123456",
    "role": "student",
}
TABLET: ViewportSize = {"width": 768, "height": 1024}

Views = Sequence[tuple[ViewportSize, Literal["light", "dark"]]]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, served."""
    with served(tmp_path_factory.mktemp("demo")) as running:
        yield running


def editor(page: Page) -> Locator:
    """The field for code, as an editor."""
    return page.get_by_role("textbox", name="Your code").and_(page.locator(".cm-content"))


def test_the_demo_has_an_instructor_a_class_and_every_exercise_and_says_so_to_its_owner_only(demo: Demo) -> None:
    roles = [account["role"] for account in demo.data["accounts"]]
    assert roles.count("instructor") == 1
    assert roles.count("student") >= 12
    assert {a["exercise"] for a in demo.data["assignments"]} >= {"multiply", "middle-layer", "two-layer"}
    assert stat.S_IMODE(demo.file.stat().st_mode) == 0o600


def test_a_report_appears_without_a_reload_and_names_what_is_wrong(demo: Demo) -> None:
    with demo.as_("nguyen") as reader:
        page = reader.page
        page.get_by_role("link", name="A product", exact=True).click()
        editor(page).fill(FAILS)
        with demo.held():
            page.get_by_role("button", name="Hand in").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Your report is being made")
            page.evaluate("window.stillTheSamePage = true")
        expect(page.get_by_role("heading", level=1)).to_contain_text("did not run", timeout=20_000)
        assert page.evaluate("window.stillTheSamePage")
        expect(page.get_by_role("status")).to_contain_text("did not run")

        page.get_by_role("link", name="Try again").click()
        expect(page.locator("#source")).to_have_value(FAILS)
        editor(page).fill(SWAPPED)
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("0 of 2 gradients are right. Start at dx.")
        card = page.get_by_role("article", name="dx")
        expect(card).to_contain_text("Wrong value")
        expect(card.get_by_role("row").nth(1)).to_contain_text(re.compile(r"dx\s*4\s*-3\s*-3"))
        reader.look_over()


def test_symbols_are_handed_in_one_field_for_each_gradient(demo: Demo) -> None:
    with demo.as_("nguyen") as reader:
        page = reader.page
        reader.go(f"/assignments/{demo.assignment('add-multiply')}")
        page.get_by_role("link", name="Symbols").click()
        for name, answer in {"dq": "z", "dz": "x + y", "dx": "1", "dy": "z"}.items():
            page.get_by_label(f"{name} =").fill(answer)
        page.get_by_role("button", name="Hand in").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("3 of 4 gradients are right. Start at dx.")
        expect(page.get_by_role("article", name="dx")).to_contain_text("They differ, for example, at")
        reader.look_over()
        page.get_by_role("link", name="Try again").click()
        expect(page.get_by_label("dz =")).to_have_value("x + y")


def test_what_is_understood_follows_as_one_types(demo: Demo) -> None:
    with demo.as_("nguyen") as reader:
        page = reader.page
        reader.go(f"/assignments/{demo.assignment('add-multiply')}?by=symbolic")
        page.get_by_label("dz =").fill(r"\frac{x^2}{q}")
        shown = page.locator("#understood-dz")
        expect(shown.locator("mfrac msup")).to_have_count(1)
        page.get_by_label("dz =").fill("x*")
        expect(shown).to_contain_text("is not an expression")
        expect(page.get_by_label("dz =")).to_be_focused()
        reader.look_over()


def test_symbols_of_arrays_are_typeset_as_one_types_and_follow_from_one_another(demo: Demo) -> None:
    with demo.as_("nguyen") as reader:
        page = reader.page
        reader.go(f"/assignments/{demo.assignment('two-layer')}?by=symbolic")
        page.get_by_label("dZ1 =").fill("dA1")
        page.get_by_label("Lines of your own").fill("dA1 = W2^T dZ2")
        page.get_by_label("dZ2 =").fill("A2 - Y")
        expect(page.locator("#understood-lines msup")).to_have_count(1)
        page.get_by_label("dW1 =").fill("X.T dZ1 / m")
        expect(page.locator("#understood-dW1")).to_contain_text("the inner dimensions n_x and n_h differ")
        page.get_by_label("dW1 =").fill(r"\frac{1}{m} dZ^{[1]} X^T")
        expect(page.locator("#understood-dW1 mfrac")).to_have_count(1)
        reader.look_over()
        page.get_by_role("button", name="Hand in").click()
        expect(page.get_by_role("article", name="dW1")).to_contain_text("This is right for your dZ1")
        reader.look_over()


def test_a_file_is_handed_in_instead_of_the_text(demo: Demo, tmp_path: Path) -> None:
    notebook = {"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": RIGHT}], "nbformat": 4}
    file = tmp_path / "week 1.ipynb"
    file.write_text(json.dumps(notebook))
    with demo.as_("nguyen") as reader:
        page = reader.page
        reader.go(f"/assignments/{demo.assignment('multiply')}")
        page.get_by_label("Or choose a file").set_input_files(file)
        page.get_by_role("button", name="Hand in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("All 2 gradients are right.")
        expect(page.get_by_text("week 1.ipynb")).to_be_visible()
        expect(page.get_by_text("dfdx = y")).to_be_visible()


def test_the_editor_is_left_by_the_keyboard_and_checks_without_handing_in(demo: Demo) -> None:
    with demo.as_("nguyen") as reader:
        page = reader.page
        reader.go(f"/assignments/{demo.assignment('multiply')}")
        attempts = page.locator("section[aria-labelledby=attempts] tbody tr").count()
        editor(page).click()
        page.keyboard.type("dfdx = y")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")
        page.keyboard.type("dfdy = y")
        expect(page.locator("#source")).to_have_value("dfdx = y\ndfdy = y")
        expect(page.locator(".cm-lineNumbers")).to_contain_text("2")
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        expect(page.get_by_label("Or choose a file")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Check first")).to_be_focused()
        page.keyboard.press("Enter")
        checked = page.locator("#checked")
        expect(checked).to_contain_text(
            "Checked, not handed in: 1 of 2 gradients are right. Start at dy.", timeout=20_000
        )
        expect(checked).to_contain_text("At f the factor's own value is used")
        expect(checked).to_be_focused()
        expect(page.locator("#source")).to_have_value("dfdx = y\ndfdy = y")
        reader.look_over()
        page.get_by_role("link", name="The whole report on the check").click()
        page.get_by_role("link", name="Try again").click()
        expect(editor(page)).to_contain_text("dfdy = y")
        page.reload()
        assert page.locator("section[aria-labelledby=attempts] tbody tr").count() == attempts


def test_a_file_that_is_dropped_on_the_form_is_chosen(demo: Demo) -> None:
    with demo.as_("nguyen") as reader:
        page = reader.page
        reader.go(f"/assignments/{demo.assignment('multiply')}")
        dropped = page.evaluate_handle(
            "text => { const d = new DataTransfer(); d.items.add(new File([text], 'week1.py')); return d; }", RIGHT
        )
        for event in ("dragenter", "dragover", "drop"):
            editor(page).dispatch_event(event, {"dataTransfer": dropped})
        expect(page.get_by_role("status").first).to_have_text("Chosen: week1.py")
        page.get_by_role("button", name="Hand in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("All 2 gradients are right.")


def test_a_report_marks_the_lines_and_tells_what_changed(demo: Demo) -> None:
    with demo.as_("whitfield") as reader:
        page = reader.page
        reader.go(f"/assignments/{demo.assignment('two-layer')}")
        page.get_by_role("link", name="Attempt 2").click()
        card = page.get_by_role("article", name="dW1")
        expect(card.locator(".heat")).to_contain_text("Every entry is wrong.")
        card.get_by_role("link", name="Line 13").click()
        expect(page.locator(".line:target")).to_contain_text("dZ1 = np.dot(W2.T, dZ2)")
        expect(page.get_by_role("region", name="Since attempt 1")).to_contain_text("The code runs now")
        expect(page.locator(".tries [aria-current]")).to_have_text("Attempt 2")


def test_what_cannot_be_handed_in_is_told_beside_what_was_typed(demo: Demo) -> None:
    with demo.as_("nguyen") as reader:
        page = reader.page
        reader.go(f"/assignments/{demo.assignment('multiply')}")
        editor(page).fill("  \n")
        page.get_by_role("button", name="Hand in").click()
        expect(page.get_by_role("alert")).to_contain_text("There is no code")
        page.get_by_label("Or choose a file").set_input_files({"name": "x.txt", "mimeType": "", "buffer": b"hi"})
        page.get_by_role("button", name="Hand in").click()
        expect(page.get_by_role("alert")).to_contain_text("x.txt is no file that can be graded")

        reader.go(f"/assignments/{demo.assignment('add-multiply')}?by=symbolic")
        attempts = page.locator("section[aria-labelledby=attempts] tbody tr").count()
        page.get_by_label("dz =").fill("x(1-y")
        page.get_by_label("dx =").fill("z")
        page.get_by_role("button", name="Hand in").click()
        expect(page.get_by_role("alert")).to_contain_text("dz could not be read. Nothing was handed in.")
        expect(page.locator("#understood-dz")).to_contain_text("is not an expression")
        expect(page.get_by_label("dx =")).to_have_value("z")
        assert page.locator("section[aria-labelledby=attempts] tbody tr").count() == attempts
        assert [c for c in reader.complaints if "422" not in c] == []


def test_what_is_typed_is_back_until_it_is_handed_in_or_discarded(demo: Demo) -> None:
    with demo.as_("bennett") as reader:
        page = reader.page
        address = f"/assignments/{demo.assignment('add-multiply')}"
        back = page.get_by_text("What you typed here before")
        reader.go(address)
        expect(editor(page)).to_be_visible()
        expect(back).to_be_hidden()
        editor(page).click()
        page.keyboard.type("dz = 1\n")
        page.keyboard.press("Tab")  # no input event of the browser's own
        page.reload()
        expect(page.locator("#source")).to_have_value("dz = 1\n    ")
        expect(editor(page)).to_contain_text("dz = 1")
        expect(back).to_be_visible()
        reader.look_over()

        page.get_by_role("link", name="Symbols").click()
        page.get_by_label("dz =").fill("x + y")
        page.get_by_role("button", name="日本語").click()
        expect(page.get_by_label("dz =")).to_have_value("x + y")
        expect(page.locator("#understood-dz math")).to_be_visible()
        page.get_by_role("button", name="English").click()
        page.get_by_role("link", name="Code").click()
        expect(editor(page)).to_contain_text("dz = 1")

        page.get_by_role("button", name="Hand in").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("0 of 4 gradients are right", timeout=20_000)
        reader.go(address)
        expect(editor(page)).not_to_contain_text("dz = 1")
        page.get_by_role("link", name="Symbols").click()
        expect(back).to_be_visible()
        page.get_by_role("button", name="Discard it").click()
        expect(page.get_by_label("dz =")).to_have_value("")
        expect(back).to_be_hidden()
        page.reload()
        expect(page.get_by_label("dz =")).to_have_value("")


def test_an_earlier_report_leaves_what_is_typed_and_signing_out_or_in_as_somebody_else_does_not(demo: Demo) -> None:
    kept = "Object.values(localStorage).join()"
    with demo.as_("whitfield") as reader:
        page = reader.page
        address = f"/assignments/{demo.assignment('two-layer')}"
        reader.go(address)
        page.keyboard.press("Tab")
        editor(page).fill("dW1 = 1")
        page.get_by_role("link", name="Attempt 2").click()
        expect(page.get_by_role("region", name="Since attempt 1")).to_be_visible()
        assert "dW1 = 1" in page.evaluate(kept)
        reader.go(f"/sign-in/{demo.token('nguyen')}")
        page.wait_for_load_state()
        assert page.evaluate(kept) == ""
        reader.go(address)
        editor(page).fill("mine alone")
        page.wait_for_function(f"{kept}.includes('mine alone')")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert page.evaluate(kept) == ""


def test_a_line_that_failed_is_shown_in_the_source(demo: Demo) -> None:
    with demo.as_("whitfield") as reader:
        page = reader.page
        reader.go(f"/assignments/{demo.assignment('two-layer')}")
        page.get_by_role("link", name="Attempt 1").click()
        expect(page.get_by_text("KeyError").first).to_be_visible()
        expect(page.locator(".line.here")).to_contain_text('cache["a1"]')
        expect(page.get_by_role("group", name="What the code printed")).to_contain_text("m =")
        reader.look_over()


def test_a_shape_is_told_in_letters_and_numbers(demo: Demo) -> None:
    with demo.as_("sato") as reader:
        page = reader.page
        page.get_by_role("button", name="English").click()
        reader.go(f"/assignments/{demo.assignment('two-layer')}")
        page.get_by_role("link", name="Attempt 1").click()
        card = page.get_by_role("article", name="db1")
        expect(card).to_contain_text("It has to be (n_h, 1) = (4, 1)")
        expect(card).to_contain_text("Yours is (4,)")


def test_an_instructor_sees_the_class_and_follows_it_to_a_student(demo: Demo) -> None:
    with demo.as_("morita") as reader:
        page = reader.page
        expect(page.get_by_role("heading", level=1)).to_have_text(demo.data["course"]["title"])
        page.get_by_role("link", name="Two-layer network").first.click()
        wrong = page.get_by_role("region", name="Which gradients go wrong")
        expect(wrong.get_by_role("listitem").filter(has_text="dW1")).to_contain_text(re.compile(r"[1-9]\d* / \d+"))
        page.get_by_label("Order").select_option("most gradients wrong first")
        expect(page).to_have_url(re.compile("order=wrong"))
        row = page.get_by_role("row").filter(has_text="佐藤 陽翔")
        row.get_by_role("link", name="Wrong shape").first.click()
        expect(page.get_by_role("article", name="db1")).to_contain_text("The student's is (4,)")
        expect(page.get_by_role("main")).not_to_contain_text(YOURS)
        page.go_back()
        page.get_by_role("navigation", name="Course").get_by_role("link", name="Submissions").click()
        page.get_by_label("Assignment", exact=True).select_option("Two-layer network")
        page.get_by_label("Result").select_option("Did not run")
        expect(page).to_have_url(re.compile("verdict=not_run"))
        table = page.get_by_role("table").last
        expect(table.get_by_role("row")).to_have_count(2)  # its head, 高橋 蓮
        table.get_by_role("link", name="高橋 蓮").click()
        expect(page.get_by_role("navigation", name="Where you are")).to_contain_text("高橋 蓮")
        expect(page.get_by_label("The code, with line numbers")).to_contain_text("while cost > 1e-12")
        expect(page.get_by_role("main")).not_to_contain_text(YOURS)
        expect(page.get_by_role("link", name="Try again")).to_have_count(0)


def test_the_backward_pass_is_stepped_through_with_keys_and_each_step_is_announced(demo: Demo) -> None:
    with demo.as_("nguyen") as reader:
        page = reader.page
        reader.go("/exercises/add-multiply")
        drawing = reader.see("The circuit").get_by_role("group", name="The circuit")
        expect(drawing.get_by_role("button")).to_have_count(5)
        drawing.get_by_role("button", name="f = q * z").focus()
        expect(page.locator("[data-told]")).to_contain_text("A product swaps")
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("status")).to_contain_text(
            "Step 1 of 2. f = q * z. Value: -12. Gradient that arrives: ∂f/∂f = 1. Passed on: dq = ?, dz = ?. A product"
        )
        expect(drawing.get_by_text("dx = ?")).to_be_hidden()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("status")).to_contain_text("A sum distributes")
        expect(drawing.get_by_text("dx = ?")).to_be_visible()
        page.get_by_role("button", name="Back", exact=True).click()
        expect(page.get_by_text("Step 1 of 2", exact=True)).to_be_visible()
        reader.look_over()


def test_a_report_marks_what_is_wrong_in_the_circuit_and_shows_small_arrays_on_demand(demo: Demo) -> None:
    with demo.as_("whitfield") as reader:
        page = reader.page
        reader.go(demo.path(reader, "{two-layer} 2"))
        drawing = reader.see("The circuit").get_by_role("group", name="The circuit")
        expect(drawing.get_by_role("button", name="W1 (n_h")).to_have_accessible_name(
            re.compile("dW1 = .* differ, Wrong value")
        )
        drawing.get_by_role("button", name="A1 = tanh(Z1)").click()
        told = page.locator("[data-told]")
        expect(told).to_contain_text(re.compile(r"Gradient that arrives\s*∂J/∂A1 =\s*-0.33 … 0.044"))
        expect(told).to_contain_text("Passed on∂J/∂Z1 = -0.22 … 0.011")
        drawing.get_by_role("button", name="Z1 = W1 @ X + b1").click()
        expect(told).to_contain_text(re.compile(r"What is asked\s*dZ1 =\s*-0.66 … 0.033"))
        expect(told).to_contain_text("A matrix product A @ B swaps and transposes")
        told.locator("summary").first.click()
        expect(told.get_by_role("row")).to_have_count(5)
        page.get_by_text("As a table").first.click()
        expect(page.locator("tr[data-name=W1]")).to_contain_text("Wrong value")
        reader.look_over()


def test_the_numerical_check_follows_the_step_that_is_chosen(demo: Demo) -> None:
    with demo.as_("whitfield") as reader:
        page = reader.page
        reader.go(demo.path(reader, "{two-layer} 2"))
        check = reader.see("The numerical check, step by step")
        step = check.get_by_label("Step h")
        expect(step).to_have_attribute("aria-valuetext", re.compile(r"^h = 1e-5, forward: \S+e-\d, central: \S+e-\d+$"))
        expect(check.get_by_role("img")).to_have_accessible_name(
            re.compile("smallest for the forward quotient with .*e-")
        )
        expect(check.get_by_text("yours:")).to_be_visible()
        step.focus()
        page.keyboard.press("End")
        expect(check.locator("[data-h]")).to_have_text("1")
        page.keyboard.press("Home")
        expect(check.locator("[data-h]")).to_have_text("1e-14")
        check.get_by_label("Entry").select_option("db2[0, 0]")
        check.get_by_text("As a table").click()
        expect(check.get_by_role("row")).to_have_count(58)
        reader.look_over()


def test_a_circuit_that_is_wide_stands_in_one_column_on_a_phone(demo: Demo) -> None:
    with demo.as_("nguyen", viewport=PHONE) as reader:
        for exercise in ("two-layer", "staged-fraction", "mlp-three-layer"):
            reader.go(f"/exercises/{exercise}")
            drawing = reader.see("The circuit").locator("svg.drawing")
            expect(drawing).to_be_visible()
            scroll = reader.page.locator("[data-drawing] .scroll")
            assert scroll.evaluate("it => it.scrollWidth <= it.clientWidth"), exercise
            letters = drawing.evaluate("it => 12.5 * it.getBoundingClientRect().width / it.viewBox.baseVal.width")
            assert letters >= 8.5, f"{exercise}: letters of {letters} px"


def test_on_a_phone_what_is_told_of_a_step_stands_below_the_drawing_and_both_are_seen(demo: Demo) -> None:
    with demo.as_("whitfield", viewport=PHONE) as reader:
        page = reader.page
        reader.go(demo.path(reader, "{two-layer} 2"))
        forth = page.get_by_role("button", name="Next step")
        for _ in range(5):
            forth.click()
            drawing, told = (page.locator(f"[data-drawing] > {part}").bounding_box() for part in (".scroll", ".beside"))
            gate = page.locator("g.current rect").bounding_box()
            assert drawing
            assert told
            assert gate
            assert drawing["y"] + drawing["height"] <= told["y"]
            assert drawing["y"] <= gate["y"] <= drawing["y"] + drawing["height"] - gate["height"]
        expect(forth).to_be_in_viewport()


def test_on_a_phone_the_entries_are_read_whole_and_a_table_that_scrolls_shows_it(demo: Demo) -> None:
    with demo.as_("whitfield", viewport=PHONE) as reader:
        reader.go(demo.path(reader, "{two-layer} 2"))
        entries = reader.page.get_by_role("group", name="The entries of dW1 that differ most")
        expect(entries).to_contain_text("-0.000868546")
        assert entries.evaluate("it => it.scrollWidth <= it.clientWidth")
    with demo.as_("morita", viewport=PHONE) as reader:
        reader.go(demo.path(reader, "/courses/{course}/grades"))
        book = reader.page.get_by_role("group", name="Where everybody stands")
        assert book.evaluate("it => it.scrollWidth > it.clientWidth")
        tabs = reader.page.get_by_role("navigation", name="Course").get_by_role("list")
        for scrolls in (book, tabs):
            assert "gradient" in scrolls.evaluate("it => getComputedStyle(it).backgroundImage")
        name = book.get_by_role("rowheader").first
        before = name.bounding_box()
        book.evaluate("it => { it.scrollLeft = 300 }")
        assert name.bounding_box() == before
        assert book.evaluate("it => it.querySelector('thead').getBoundingClientRect().height") < 90


def test_what_was_never_scrolled_to_is_printed_and_what_one_types_in_is_not(demo: Demo) -> None:
    with demo.as_("whitfield") as reader:
        page = reader.page
        reader.go(demo.path(reader, "{two-layer} 2"))
        expect(page.locator("svg.drawing")).to_be_attached()
        expect(page.locator("[data-chart] svg")).to_be_attached()
        assert page.evaluate("scrollY") == 0
        page.emulate_media(media="print")
        for drawn in ("svg.drawing", "[data-chart] svg", "[data-of]"):
            expect(page.locator(drawn)).to_be_visible()
        expect(page.locator("[data-of]")).to_have_text("dW1[0, 1]")
        expect(page.get_by_label("Entry")).to_be_hidden()
        reader.go(f"/assignments/{demo.assignment('two-layer')}")
        expect(page.get_by_role("heading", name="Hand in", exact=True)).to_be_visible()
        for typed in ("Your code", "Or choose a file"):
            expect(page.get_by_label(typed).last).to_be_hidden()
    with demo.as_("whitfield", java_script_enabled=False) as reader:
        reader.go(demo.path(reader, "{two-layer} 2"))
        reader.page.emulate_media(media="print")
        for cell in reader.page.locator("tr[data-name=b1] td[data-label]").all():
            expect(cell).to_contain_text("…", use_inner_text=True)


def test_a_report_on_code_that_did_not_run_says_why_first_and_once(demo: Demo) -> None:
    with demo.as_("suzuki") as reader:
        page = reader.page
        reader.go(demo.path(reader, "{staged-fraction} 1") + "?language=en")
        said = page.locator(".answer-first + section")
        expect(said).to_contain_text("Line 8 is not Python")
        expect(said.locator("code")).to_have_text("sigx = 1.0 / (1 + math.exp(-x)")
        said.get_by_role("link", name="To the line").click()
        expect(page.locator(".line:target")).to_contain_text("sigx = 1.0")


def test_the_first_load_of_a_report_with_its_drawings_is_small(demo: Demo) -> None:
    with demo.as_("whitfield") as reader:
        path = demo.path(reader, "{two-layer} 2")
        received: list[float] = []
        network = reader.page.context.new_cdp_session(reader.page)
        network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
        network.send("Network.enable")
        network.send("Network.clearBrowserCache")
        reader.go(path)
        expect(reader.see("The circuit").locator("svg.drawing")).to_be_visible()
        expect(reader.see("The numerical check, step by step").get_by_role("img")).to_be_visible()
        reader.page.wait_for_load_state("networkidle")
        assert len(received) >= 6, "the page, its style, its script, two that draw, and the layout"
        assert sum(received) <= 150 * 1024
        received.clear()
        reader.go(path)
        expect(reader.see("The circuit").locator("svg.drawing")).to_be_visible()
        assert sum(received) <= 50 * 1024, "what was loaded before is loaded again"


def test_a_drawing_comes_with_a_report_that_appears_without_a_reload(demo: Demo) -> None:
    with demo.as_("nguyen") as reader:
        page = reader.page
        reader.go(f"/assignments/{demo.assignment('multiply')}")
        editor(page).fill(SWAPPED)
        page.get_by_role("button", name="Hand in").click()
        expect(page.get_by_role("region", name="The circuit")).to_be_attached(timeout=20_000)
        expect(reader.see("The circuit").locator("svg.drawing")).to_be_visible()
        expect(reader.see("The numerical check, step by step").get_by_role("img")).to_be_visible()
        reader.look_over()


def test_without_javascript_the_circuit_is_a_table(demo: Demo) -> None:
    with demo.as_("nguyen", java_script_enabled=False) as reader:
        reader.go("/exercises/add-multiply")
        expect(reader.page.locator("tr[data-name=q]")).to_contain_text("x + y")
        expect(reader.page.get_by_text("A product swaps")).to_be_visible()
        expect(reader.page.locator("svg.drawing")).to_have_count(0)


def test_a_mistake_leads_to_those_who_made_it_and_to_their_submissions(demo: Demo) -> None:
    with demo.as_("morita") as reader:
        page = reader.page
        page.get_by_role("navigation", name="Course").get_by_role("link", name="Mistakes").click()
        page.get_by_role("link", name="Wrong sign", exact=True).click()
        expect(page.get_by_role("region", name="Whose")).to_contain_text("高橋 蓮")
        page.get_by_role("link", name="Submissions with it").click()
        expect(page.get_by_role("row").filter(has_text="高橋 蓮")).to_be_visible()


def test_the_dashboard_follows_what_is_handed_in_without_a_reload(demo: Demo) -> None:
    with demo.as_("morita") as teacher:
        page = teacher.page
        page.evaluate("window.stays = true")
        with demo.as_("bennett") as student:
            student.go(f"/assignments/{demo.assignment('add')}?by=symbolic")
            for name in ("dx", "dy"):
                student.page.get_by_label(f"{name} =").fill("1")
            student.page.get_by_role("button", name="Hand in").click()
            expect(student.page.get_by_role("heading", level=1)).to_contain_text("All 2 gradients are right.")
        first = page.get_by_role("table", name="Handed in last").get_by_role("row").nth(1)
        expect(first).to_contain_text("Oliver Bennett", timeout=20_000)
        expect(first).to_contain_text("All right", timeout=20_000)
        assert page.evaluate("window.stays")


def test_the_language_is_chosen_on_any_page_and_stays(demo: Demo) -> None:
    with demo.as_("bennett") as reader:
        page = reader.page
        reader.go(f"/assignments/{demo.assignment('add')}?by=symbolic")
        page.get_by_role("button", name="日本語").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("和のゲート")
        expect(page.get_by_label("dx =")).to_be_visible()
        page.get_by_role("link", name="1回目").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("2個の勾配はすべて正解です。")
        assert page.evaluate("document.documentElement.lang") == "ja"


PAGES = (  # who reads, and where: a path, or one of their attempts
    ("", "/sign-in"),
    ("suzuki", "/"),
    ("suzuki", "/assignments/{middle-layer}"),
    ("suzuki", "/exercises/staged-fraction"),
    ("suzuki", "/exercises/numerical-gradient"),
    ("suzuki", "/assignments/{sigmoid-neuron}?by=symbolic"),
    ("suzuki", "{staged-fraction} 1"),  # did not run
    ("whitfield", "{two-layer} 2"),  # wrong values
    ("whitfield", "{multiply} 1"),  # symbols
    ("sato", "{two-layer} 1"),  # wrong shapes
    ("bennett", "{middle-layer} 1"),  # all right
    ("morita", "/"),
    ("morita", "/courses/{course}/class?assignment={two-layer}"),
    ("morita", "/courses/{course}/mistakes"),
    ("morita", "/courses/{course}/mistakes/sign"),
    ("morita", "/courses/{course}/submissions"),
    ("morita", "/courses/{course}/assignments"),
    ("morita", "/courses/{course}/grades"),
    ("morita", "/courses/{course}/people"),
    ("morita", "/courses/{course}/people/{suzuki}"),
    ("morita", "/courses/{course}/platforms"),
    ("morita", "/submissions/999999"),
)


@pytest.fixture
def long_words(demo: Demo) -> Iterator[None]:
    """A person and an assignment of the course with names as long as real ones may be."""
    instructor, course = Client(demo.data["address"], demo.token("morita")), demo.data["course"]["id"]
    person = instructor.post(f"/api/v1/courses/{course}/people", LONG_PERSON).json["id"]
    assignment = f"/api/v1/assignments/{demo.assignment('multiply')}"
    title = instructor.get(assignment).json["title"]
    assert instructor.patch(assignment, {"title": LONG_TITLE}).status == 200
    yield
    assert instructor.patch(assignment, {"title": title}).status == 200
    assert instructor.delete(f"/api/v1/courses/{course}/people/{person}").status == 204


@pytest.mark.usefixtures("long_words")
def test_long_names_titles_and_addresses_stay_within_their_tables(demo: Demo) -> None:
    with demo.as_("morita") as reader:
        for place in ("", "/class", "/submissions", "/assignments", "/grades", "/people"):
            reader.go(f"/courses/{demo.data['course']['id']}{place}")
            for size in (PHONE, TABLET, {**TABLET, "width": 1024}, DESK):
                reader.page.set_viewport_size(size)
                reader.look_over()


@pytest.mark.parametrize(
    ("language", "views"),
    [("en", ((PHONE, "light"), (DESK, "dark"))), ("ja", ((PHONE, "dark"), (DESK, "light")))],
    ids=["English", "Japanese"],
)
def test_every_page_fits_and_is_accessible_on_phone_and_desk_by_day_and_by_night(
    demo: Demo, language: str, views: Views
) -> None:
    for who, on_their_pages in groupby(PAGES, key=itemgetter(0)):
        with demo.as_(who, locale=language) as reader:
            page = reader.page
            if who and page.evaluate("document.documentElement.lang") != language:
                page.locator(f"button[lang={language}]").click()
            for _, place in on_their_pages:
                reader.go(demo.path(reader, place))
                assert page.evaluate("document.documentElement.lang") == language
                reader.complaints[:] = [c for c in reader.complaints if "404" not in c]
                for drawn in page.locator("[data-script]").all():
                    drawn.scroll_into_view_if_needed()
                    expect(drawn.locator("svg").first).to_be_visible()
                for size, scheme in views:
                    page.set_viewport_size(size)
                    page.emulate_media(color_scheme=scheme)
                    reader.look_over()
