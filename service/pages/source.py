"""A student's source as a page shows it: numbered lines, and of a notebook its code cells.

This is for reading only. What is executed is decided in the sandbox; a notebook that cannot be read here is shown as
the text it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Source:
    """The lines, under the name that the file had; `cells` where they are a notebook's code cells."""

    lines: tuple[str, ...]
    filename: str = ""
    cells: bool = False


def source(payload: Mapping[str, Any]) -> Source | None:
    """The source of a code submission's payload; None for one in symbols."""
    if "source" not in payload:
        return None
    text, filename = payload["source"], payload.get("filename", "")
    if payload.get("notebook"):
        cells = code_cells(text)
        if cells is not None:
            return Source(tuple("\n\n".join(cells).splitlines()), filename, cells=True)
    return Source(tuple(text.splitlines()), filename)


def code_cells(text: str) -> list[str] | None:
    """The code cells of the notebook in `text`; None where it is not one."""
    try:
        cells = json.loads(text)["cells"]
        found = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return [cell if isinstance(cell, str) else "".join(cell) for cell in found]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
