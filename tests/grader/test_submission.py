"""Bytes become text that the rest may rely on, or a message that says what to change."""

import pytest

from grader import Code, SubmissionError, in_words, read_code


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "empty_source", None),
        (b" \n\t\n", "empty_source", None),
        (b"x = 1\ny = '\xff'\n", "not_utf8", 2),
        ("x = 1\n".encode("utf-16"), "not_utf8", 1),
        (b"x = 1\n\x00", "nul_character", 2),
        ("x = '\ud800'", "lone_surrogate", 1),
        (b"x" * (512 * 1024 + 1), "source_too_large", None),
        ("あ" * 300_000, "source_too_large", None),
    ],
)
def test_what_is_not_text_is_refused_with_its_line(data: bytes | str, code: str, line: int | None) -> None:
    with pytest.raises(SubmissionError) as refusal:
        read_code(data)
    assert refusal.value.code == code
    assert refusal.value.parameters.get("line") == line
    for language in ("en", "ja"):
        assert in_words(code, refusal.value.parameters, language)


@pytest.mark.parametrize("name", ["x.txt", "essay.pdf", "solution", "a.py.txt", ".ipynb.zip"])
def test_a_file_that_is_neither_python_nor_a_notebook_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(SubmissionError) as refusal:
        read_code(b"x = 1", name)
    assert refusal.value.code == "file_not_taken"
    assert name in in_words("file_not_taken", refusal.value.parameters)
    assert read_code(b"x = 1", "A.PY") == Code("x = 1")


def test_line_ends_and_the_byte_order_mark_are_made_plain() -> None:
    assert read_code(b"\xef\xbb\xbfx = 1\r\ny = 2\r") == Code("x = 1\ny = 2\n")


@pytest.mark.parametrize(
    "data",
    [b"x = 1", b"<!DOCTYPE html><title>homework.ipynb</title>", b'{"cells": [{"cell_type"', b'"cells": []}', b"[]"],
)
def test_a_file_that_cannot_be_the_notebook_that_it_is_named_is_refused(data: bytes) -> None:
    with pytest.raises(SubmissionError) as refusal:
        read_code(data, "homework.ipynb")
    assert refusal.value.code == "notebook_not_understood"


@pytest.mark.parametrize(
    ("data", "name", "notebook"),
    [(b"{}", "a.ipynb", True), (b"{}", "", True), (b"{1: 2}", "a.py", False), (b"x = 1", "", False)],
)
def test_a_notebook_is_told_by_its_name_or_its_opening_brace(data: bytes, name: str, notebook: bool) -> None:
    assert read_code(data, name).notebook is notebook
