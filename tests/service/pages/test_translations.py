"""The pages' words: every one is in every catalogue, and says the same."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from grader import LANGUAGES
from grader.messages import MESSAGES

SERVICE = Path(__file__).parents[3] / "service"
TRANSLATIONS = SERVICE / "translations"
OTHERS = [language for language in LANGUAGES if language != "en"]  # English is the language of the source
MARKS = re.compile(r"%\(\w+\)s|`[^`]*`|#")
ONE_WORD = {  # in Japanese, as translations/babel.cfg has them: the word for each thing, and what is not said for it
    "exercise": ("問題", "課題"), "assignment": ("課題", "問題"), "course": ("コース", "授業"),
    "report": ("レポート", "報告"), "sign in": ("ログイン", "サインイン"), "variant": ("バリエーション", "変種"),
}  # fmt: skip
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def words() -> set[str | tuple[str, ...]]:
    """All that the pages and templates say."""
    with (TRANSLATIONS / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(SERVICE, methods, options, keywords=KEYWORDS)
    return {tuple(message) if isinstance(message, (tuple, list)) else message for _, _, message, _, _ in found}


def catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_holds_what_the_pages_say_and_nothing_else(language: str) -> None:
    said = {message.id for message in catalogue(language) if message.id}
    assert said == words()


@pytest.mark.parametrize("language", OTHERS)
def test_everything_is_translated_and_keeps_its_places_and_code(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        english = message.id[-1] if isinstance(message.id, (tuple, list)) else message.id
        for translated in message.string if isinstance(message.string, (tuple, list)) else [message.string]:
            assert translated, english
            assert set(MARKS.findall(translated)) == set(MARKS.findall(english)), english
            assert "%" not in MARKS.sub("", translated), english  # templates take it for a place


def test_in_japanese_each_thing_has_one_word() -> None:
    said = [(message.id, message.string) for message in catalogue("ja") if isinstance(message.id, str)]
    for english, japanese in [*said, *MESSAGES.values()]:
        named = {thing for thing in ONE_WORD if re.search(rf"\b{thing}", english, re.IGNORECASE)}
        words = {ONE_WORD[thing][0] for thing in named}
        others = {ONE_WORD[thing][1] for thing in named} - words
        assert not [other for other in others if other in japanese], (english, japanese)
        assert not [word for word in ("授業", "サインイン", "変種") if word in japanese], (english, japanese)


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_is_that_of_the_source(language: str) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    assert (TRANSLATIONS / language / "LC_MESSAGES" / "messages.mo").read_bytes() == compiled.getvalue()


def test_no_template_says_a_word_that_is_not_marked_for_translation() -> None:
    for template in sorted((SERVICE / "templates").glob("*.html")):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<svg.*?</svg>", "", template.read_text("utf-8"), flags=re.S)
        plain = re.sub(r"<[^>]*>|<!doctype html>", "", text)
        left = set(re.findall(r"[A-Za-z]{2,}", plain)) - {"Gradient", "Grader"}
        assert not left, f"{template.name}: {left}"
