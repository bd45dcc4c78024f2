"""The relative errors of a wrong array as a heat map: shades, and where in the array they lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from flask_babel import gettext

BANDS = (1e-3, 1e-1, 5e-1)
"""Where the shades of a heat map of relative errors meet."""


class Heat(NamedTuple):
    """A grid of errors drawn: `rows` by `columns` cells of 1 by 1, and for each shade (0: right) the path of its
    cells; `block` is how many entries a cell stands for along each axis, `pattern` where the wrong ones lie."""

    rows: int
    columns: int
    paths: list[str]
    block: tuple[int, int]
    pattern: str


def heat(errors: Sequence[Sequence[float | str]], shape: Sequence[int]) -> Heat:
    """The heat map of a report's `errors` of an array of that shape."""
    shades = [[shade(float(error)) for error in row] for row in errors]
    rows, columns = len(shades), len(shades[0])
    paths = [""] * (len(BANDS) + 2)
    for y, row in enumerate(shades):
        x = 0
        for value, run in groupby(row):
            length = len(list(run))
            paths[value] += f"M{x} {y}h{length}v1h-{length}z"
            x += length
    entries = (1, shape[0]) if len(shape) == 1 else (shape[0], math.prod(shape[1:]))
    block = (-(-entries[0] // rows), -(-entries[1] // columns))
    return Heat(rows, columns, paths, block, _pattern(shades) if block == (1, 1) else "")


def shade(error: float) -> int:
    """0 for what is right, else 1 to 4 by how far it is off."""
    return 0 if error == 0 else 1 + sum(error >= band for band in BANDS)


def _pattern(shades: Sequence[Sequence[int]]) -> str:
    """Where the wrong entries lie, in words that say more than how many there are; else empty."""
    columns = list(zip(*shades, strict=True))
    if all(map(all, shades)):
        return str(gettext("Every entry is wrong."))
    if not any(any(row) != all(row) for row in shades) and len(columns) > 1:
        places = [str(i) for i, row in enumerate(shades) if any(row)]
        return str(gettext("Whole rows are wrong: %(places)s.", places=", ".join(places)))
    if not any(any(column) != all(column) for column in columns) and len(shades) > 1:
        places = [str(i) for i, column in enumerate(columns) if any(column)]
        return str(gettext("Whole columns are wrong: %(places)s.", places=", ".join(places)))
    return ""
