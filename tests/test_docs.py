"""What is named in code is found in the documentation."""

import os
import re
from dataclasses import Field, fields
from pathlib import Path
from typing import get_args

import pytest

from grader import catalogue
from grader.exercise import Policy
from grader.expressions import FUNCTION_NAMES
from grader.messages import MESSAGES, NAMES
from grader.mistakes import mistakes_of
from grader.reading import _KEYS
from grader.report import GradientVerdict, RunStatus, Verdict
from tests.attacks import measure as attacks
from tests.attacks.layers import LAYERS
from tests.attacks.suite import ATTACKS

ROOT = Path(__file__).parent.parent
EXERCISES = (ROOT / "docs" / "exercises.md").read_text("utf-8")
MISTAKES = (ROOT / "docs" / "mistakes.md").read_text("utf-8")


@pytest.mark.parametrize("key", sorted(_KEYS))
def test_every_key_of_an_exercise_is_described(key: str) -> None:
    assert re.search(rf"(`|^){key}\b", EXERCISES, re.MULTILINE)


@pytest.mark.parametrize("state", [*get_args(Verdict), *get_args(GradientVerdict), *get_args(RunStatus)])
def test_every_verdict_and_state_is_described(state: str) -> None:
    assert f"`{state}`" in EXERCISES


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_mistake_of_an_exercise_is_in_the_table_of_codes_in_its_own_words(name: str) -> None:
    for code in {mistake.code for mistake in mistakes_of(catalogue()[name])}:
        said, name = ("<br>".join(words).replace("|", "\\|") for words in (MESSAGES[code], NAMES[code]))
        assert f"| `{code}` | {name} | {said} |" in MISTAKES


@pytest.mark.parametrize("field", fields(Policy), ids=lambda f: f.name)
def test_every_part_of_the_policy_is_described_with_its_default(field: Field[float]) -> None:
    default = "full" if field.name == "follow_through" else f"{field.default:g}"
    assert re.search(rf"^  {field.name}: {default}\b", MISTAKES, re.MULTILINE)


def test_every_function_of_the_language_is_listed_under_one_of_its_names() -> None:
    listed = set(re.findall(r"\w+", EXERCISES))
    also = {"ln", "σ", "maximum", "minimum", "Max", "Min", "Abs", "Heaviside", "transpose"}  # students' other spellings
    assert FUNCTION_NAMES - also <= listed


def test_every_exercise_of_the_catalogue_is_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert all(f"`{name}`" in changelog for name in catalogue())


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the page is of x86_64, for which there are more attacks")
def test_the_sandboxs_table_is_of_the_attacks_and_layers_that_there_are() -> None:
    document = (ROOT / "docs" / "sandbox.md").read_text("utf-8")
    assert attacks.counted() in document
    for user in ("root", "an ordinary user"):
        assert f"With every layer, as {user}: 0 of {len(ATTACKS)} pass." in document
    rows = re.findall(r"^\| (.+) \| (.+) \| (\d*) \| ([^|(]+?)(?: \(.+\))? \| (.+) \|$", document, re.MULTILINE)
    assert [(name, prevents, by) for name, prevents, _, by, _ in rows] == [
        (layer.name, layer.prevents, layer.shown_by) for layer in LAYERS
    ]
    assert not any(seen.startswith("not shown") for *_, seen in rows)


def test_what_an_opponent_would_try_names_tests_that_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "threat-model.md").read_text("utf-8")))
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py"))
    assert named
    assert named <= set(re.findall(r"^def (test_\w+)", sources, re.MULTILINE))


def test_every_part_that_is_measured_has_its_place_on_the_page_about_speed() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "tests" / "benchmarks").glob("*.py"))
    parts = set(re.findall(r'Section\(\s*"(\w+)"', sources)) | {"machine", "growth"}
    marks = re.findall(r"<!-- (?:measured: )?(\w+) -->", (ROOT / "docs" / "speed.md").read_text("utf-8"))
    assert set(marks[::2]) == parts
    assert set(marks[1::2]) == {"end"}


def test_documents_link_to_files_that_exist() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!http)([^)#]+)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
