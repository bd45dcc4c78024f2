"""A student's source as a page shows it: numbered lines, and of a notebook its code cells, each numbered anew.

This is for reading only. What is executed is decided in the sandbox; a notebook that cannot be read here is shown as
the text it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from grader import Exercise, Report, lines_at_fault


class Place(NamedTuple):
    """A line: of a file (`cell` 1) or of a notebook's code cell; both are counted from 1."""

    cell: int
    line: int
    text: str


@dataclass(frozen=True)
class Source:
    """The lines of each code cell of a `notebook`, or those of a file as its only cell; under the file's name."""

    cells: tuple[tuple[str, ...], ...]
    filename: str = ""
    notebook: bool = False

    def place(self, report: Report) -> Place | None:
        """The line that the report's run is about, if it tells one; in a notebook it has to tell the cell, too."""
        cell, line = _cell(report) if self.notebook else 1, report.run.line
        if cell is None or line is None or not (0 < cell <= len(self.cells) and 0 < line <= len(self.cells[cell - 1])):
            return None
        return Place(cell, line, self.cells[cell - 1][line - 1])

    def at_fault(self, report: Report, exercise: Exercise) -> dict[str, tuple[str, tuple[Place, ...]]]:
        """The lines that made each wrong gradient of the report wrong, by its name, and the name of the gradient that
        they compute, where known."""
        parts = ["\n".join(cell) for cell in self.cells]
        return {
            name: (computed, tuple(Place(cell, line, self.cells[cell - 1][line - 1]) for cell, line in places))
            for name, (computed, places) in lines_at_fault(parts, exercise, report).items()
        }


def source(payload: Mapping[str, Any]) -> Source | None:
    """The source of a code submission's payload; None for one in symbols."""
    if "source" not in payload:
        return None
    text, filename = payload["source"], payload.get("filename", "")
    if payload.get("notebook"):
        cells = _code_cells(text)
        if cells is not None:
            return Source(tuple(map(_lines, cells)), filename, notebook=True)
    return Source((_lines(text),), filename)


def _lines(text: str) -> tuple[str, ...]:
    """As Python counts them: a form feed, or a separator of Unicode's, ends no line."""
    return tuple(text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n"))


def _cell(report: Report) -> int | None:
    """The code cell of the run's line: a syntax error carries it, an exception has a note beside it."""
    notes = (note.parameters for note in report.notes if note.code == "raised_in_cell")
    cell: int | None = {**next(notes, {}), **report.run.parameters}.get("cell")
    return cell


def _code_cells(text: str) -> list[str] | None:
    try:
        cells = json.loads(text)["cells"]
        found = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        cells = [cell if isinstance(cell, str) else "".join(cell) for cell in found]
        return [cell.encode(errors="replace").decode() for cell in cells]  # halves of characters, escaped in the JSON
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
