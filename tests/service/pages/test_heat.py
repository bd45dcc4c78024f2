"""The relative errors of a wrong array as a heat map."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel

from service.pages.heat import heat, shade

FAR = float("inf")


@pytest.fixture(scope="module", autouse=True)
def english() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("error", "expected"), [(0.0, 0), (1e-7, 1), (1e-3, 2), (0.1, 3), (0.5, 4), (2.0, 4), (FAR, 4), (float("nan"), 1)]
)
def test_an_error_has_a_shade_by_its_size(error: float, expected: int) -> None:
    assert shade(error) == expected


def test_a_heat_map_joins_neighbours_of_one_shade() -> None:
    drawn = heat([[0.0, 0.7, "inf"], [0.0, 0.0, 0.01]], (2, 3))
    assert (drawn.rows, drawn.columns, drawn.block) == (2, 3, (1, 1))
    assert drawn.paths == ["M0 0h1v1h-1zM0 1h2v1h-2z", "", "M2 1h1v1h-1z", "", "M1 0h2v1h-2z"]


@pytest.mark.parametrize(
    ("errors", "pattern"),
    [
        ([[1.0, 1.0], [1.0, FAR]], "Every entry is wrong."),
        ([[1.0, 1.0], [0.0, 0.0]], "Whole rows are wrong: 0."),
        ([[0.0, 1.0], [0.0, 1.0]], "Whole columns are wrong: 1."),
        ([[0.0, 1.0], [1.0, 0.0]], ""),
        ([[0.0, 1.0]], ""),
        ([[0.0], [1.0]], ""),
    ],
)
def test_where_the_wrong_entries_lie_is_said_where_it_says_something(errors: list[list[float]], pattern: str) -> None:
    assert heat(errors, (len(errors), len(errors[0]))).pattern == pattern


def test_a_cell_of_a_large_array_stands_for_a_block_and_no_pattern_is_claimed() -> None:
    drawn = heat([[1.0] * 32] * 16, (32, 64))
    assert (drawn.block, drawn.pattern) == ((2, 2), "")
    assert heat([[1.0] * 20] * 3, (3, 4, 5)).block == (1, 1)
    assert heat([[1.0] * 5], (5,)).block == (1, 1)
