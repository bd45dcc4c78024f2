"""Files for spreadsheets: nothing in them is taken for a formula."""

from __future__ import annotations

import csv
import io

import pytest

from service.spreadsheets import safe_cell, to_csv


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1+1",
        "＋1",
        "－x",
        "＠x",
        "-",
        "+1-1",
    ],
)
def test_what_a_spreadsheet_would_calculate_is_quoted(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-1", "+1.5", "-.5", "-1e-3", "1", "a=1", "Ada", "", "'=1", "日本語"])
def test_numbers_and_plain_text_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize(
    ("value", "cell"), [(None, ""), (0.0, "0"), (10.0, "10"), (-2.5, "-2.5"), (20 / 3, "6.6667"), (1e-9, "0"), (7, "7")]
)
def test_numbers_have_at_most_four_decimals(value: float | None, cell: str) -> None:
    assert safe_cell(value) == cell


def test_a_file_is_read_back_as_it_was_written_commas_quotes_and_all() -> None:
    rows = [["Name", "Note"], ['O"Neil, A.', "two\nlines"], ["花子", None]]
    content = to_csv(rows)
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert read == [["Name", "Note"], ['O"Neil, A.', "two\nlines"], ["花子", ""]]
