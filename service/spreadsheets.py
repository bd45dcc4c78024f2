"""Tables for spreadsheets: CSV in which no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from flask import Response

Cell = str | int | float | None

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # the wide ones begin a formula where Japanese is typed
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def safe_cell(value: Cell) -> str:
    """What stands for `value` in a file: numbers as they are, with no more than 4 decimals; nothing for None. A text
    that a spreadsheet would take for a formula, and which is not a number, begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def as_file(filename: str, content: bytes) -> Response:
    """CSV as an answer to be kept as a file."""
    response = Response(content, content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def to_csv(rows: Iterable[Iterable[Cell]]) -> bytes:
    """The rows as a file: commas, lines that end as RFC 4180 has it, UTF-8. It begins with a byte order mark, without
    which Excel takes UTF-8 for another encoding; Canvas and LibreOffice read both."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([safe_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
