"""What was judged, as parts of a report."""

from dataclasses import replace

import numpy as np
import pytest

from grader.candidate import Array
from grader.compare import judge
from grader.reporting import SHOWN_CELLS, error_grid
from grader.trials import Expected, of_value


def expected(*shape: int) -> Expected:
    return of_value(np.random.default_rng(1).uniform(1, 2, shape))


def grid(value: np.ndarray, right: Expected) -> tuple[tuple[float, ...], ...] | None:
    return error_grid(judge(Array(value, "ndarray"), right.exact, right.scale), right)


def test_a_grid_of_errors_is_zero_where_an_entry_is_right() -> None:
    right = expected(2, 3)
    value = right.exact * [[1, 1, 2], [1, 1 + 1e-12, 1]]
    assert grid(value, right) == ((0.0, 0.0, 0.5), (0.0, 0.0, 0.0))


def test_an_error_is_that_of_the_two_numbers_shown_whatever_the_scale_that_decides() -> None:
    right = expected(2, 3)
    right = replace(right, scale=10 * right.exact)  # of paths that nearly cancel
    assert grid(right.exact / 3, right) == ((0.67, 0.67, 0.67), (0.67, 0.67, 0.67))
    judged = judge(Array(-right.exact, "ndarray"), right.exact, right.scale)
    assert judged.errors is not None
    assert (judged.errors == 2).all()
    assert judged.relative_error == pytest.approx(0.2)


def test_what_is_right_or_of_another_shape_or_one_entry_has_no_grid() -> None:
    right, one = expected(2, 3), expected(1, 1)
    assert grid(right.exact, right) is None
    assert grid(right.exact.T, right) is None
    assert grid(2 * one.exact, one) is None


def test_a_vector_is_one_row_and_further_axes_are_taken_together() -> None:
    vector, images = expected(4), expected(2, 3, 4)
    assert np.shape(grid(2 * vector.exact, vector)) == (1, 4)
    assert np.shape(grid(2 * images.exact, images)) == (2, 12)


def test_what_is_not_finite_is_infinitely_far_off() -> None:
    right = expected(1, 3)
    value = right.exact.copy()
    value[0, :2] = np.nan, np.inf
    assert grid(value, right) == ((float("inf"), float("inf"), 0.0),)


def test_a_large_matrix_is_told_by_the_largest_error_of_each_block() -> None:
    right = expected(784, 33)
    value = right.exact.copy()
    value[783, 32] *= 2
    value[25, 1] *= 4
    found = grid(value, right)
    assert found is not None
    assert np.shape(found) == (32, 17)
    assert max(np.shape(found)) <= SHOWN_CELLS
    assert (found[1][0], found[-1][-1], np.count_nonzero(found)) == (0.75, 0.5, 2)
