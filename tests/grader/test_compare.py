"""The ladder: shape before value, and nothing passes by being NaN."""

import numpy as np
import pytest

from grader.candidate import Array, Missing, NotArray, NotReal
from grader.compare import judge, subgradient

EXACT = np.array([[1.0, -2.0], [0.0, 3e-5]])
SCALE = np.full((2, 2), 1e-3)


def verdict(value: object) -> str:
    return judge(Array(np.asarray(value, dtype=float)), EXACT, SCALE).verdict


def test_the_first_failed_rung_is_the_verdict() -> None:
    assert judge(Missing(), EXACT, SCALE).verdict == "missing"
    assert judge(NotArray("str"), EXACT, SCALE).verdict == "not_array"
    assert judge(NotReal("complex128 array"), EXACT, SCALE).verdict == "not_real"
    assert verdict(np.full((2, 1), np.nan)) == "wrong_shape"
    assert verdict(np.full((2, 2), np.nan)) == "not_finite"
    assert verdict(EXACT + 1) == "mismatch"
    assert verdict(EXACT) == "match"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_entry_that_is_not_finite_fails(bad: float) -> None:
    value = EXACT.copy()
    value[1, 0] = bad
    judgement = judge(Array(value), EXACT, SCALE)
    assert judgement.verdict == "not_finite"
    assert judgement.wrong is not None
    assert judgement.wrong.sum() == 1


def test_rounding_on_the_scale_of_the_paths_is_right_and_a_millionth_is_wrong() -> None:
    assert verdict(EXACT * (1 + 1e-12)) == "match"
    assert verdict(EXACT + np.array([[0, 0], [1e-12, 0]])) == "match"  # a cancelled entry: 1e-12 of a scale of 1e-3
    assert verdict(EXACT + np.array([[0, 0], [1e-9, 0]])) == "mismatch"
    assert verdict(EXACT * (1 + 1e-6)) == "mismatch"


def test_every_wrong_entry_is_marked() -> None:
    judgement = judge(Array(EXACT * np.array([[1, 2], [1, -1]])), EXACT, SCALE)
    assert judgement.wrong is not None
    assert judgement.wrong.tolist() == [[False, True], [False, True]]


def test_broadcasting_never_makes_a_shape_right() -> None:
    exact = np.ones((3, 1))
    for value in (np.ones(3), np.ones((1, 3)), np.ones(()), np.ones((3, 1, 1))):
        assert judge(Array(value), exact, exact).verdict == "wrong_shape"


@pytest.mark.parametrize(("dx", "dy", "right"), [
    (1, 0, True), (0, 1, True), (0.5, 0.5, True), (0.3, 0.7, True),
    (0, 0, False), (1, 1, False), (1.2, -0.2, False), (0.5, 0.6, False),
])  # fmt: skip
def test_subgradients_are_judged_jointly(dx: float, dy: float, right: bool) -> None:
    ends = {"dx": (np.array(0.0), np.array(1.0)), "dy": (np.array(1.0), np.array(0.0))}
    t = subgradient({"dx": np.array(float(dx)), "dy": np.array(float(dy))}, ends)
    assert (t is not None) == right
    assert t is None or t == pytest.approx(dx)
