"""The checks of `numpy.testing` that a submission finds: they hold and fail as NumPy's own do."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from grader.sandbox import Sandbox
from grader.sandbox.inside import testing
from tests.grader.sandbox.jobs import first, number, script

NAMES = (
    "assert_", "assert_allclose", "assert_almost_equal", "assert_approx_equal", "assert_array_almost_equal",
    "assert_array_equal", "assert_array_less", "assert_equal",
)  # fmt: skip
X = np.array([[1.0, -2.0], [3.0, 4.0]])
NAN, INF = np.array([1.0, np.nan]), np.array([1.0, np.inf])
PAIRS: list[tuple[Any, Any]] = [
    (X, X), (X, X.copy() + 1e-9), (X, X + 1e-7), (X, X + 4e-7), (X, X + 1e-5), (X, X + 1e-3), (X, X[:1]), (X, 1.0),
    (np.ones(3), 1), (1, np.ones((2, 2))), (np.ones(3), np.ones((1, 3))), (NAN, NAN), (NAN, INF), (INF, INF),
    (INF, -INF), (INF, np.array([1.0, 1e308])), (0.0, 0.0), (0.0, 1e-9), (1.5, 1.5 + 1e-7), (1234567.0, 1234567.4),
    (1234567.0, 1234568.0), (np.nan, np.nan), (1, 1.0), (True, 1), (X, X.tolist()), ([1, 2], [1, 2]),
    ([1, 2], [1, 2, 3]), (np.array([1, 2]), np.array([1.0, 2.0])), (np.zeros((0, 3)), np.zeros((0, 3))),
    (X.astype(np.float32), X), (X - 1, X), (np.full(2, -1e-8), np.full(2, 1e-8)),
]  # fmt: skip


def outcome(check: Any, *given: Any, **options: Any) -> str:
    try:
        check(*given, **options)
    except AssertionError:
        return "fails"
    return "holds"


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("assert_", "assert_approx_equal")])
@pytest.mark.parametrize("place", range(len(PAIRS)))
def test_arrays_and_numbers_are_compared_as_by_numpy(name: str, place: int) -> None:
    one, other = PAIRS[place]
    assert outcome(getattr(testing, name), one, other) == outcome(getattr(np.testing, name), one, other)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("assert_allclose", {"rtol": 1e-4}),
        ("assert_allclose", {"rtol": 0, "atol": 2e-7}),
        ("assert_allclose", {"equal_nan": False}),
        ("assert_allclose", {"strict": True}),
        ("assert_array_equal", {"strict": True}),
        ("assert_equal", {"strict": True}),
        ("assert_array_almost_equal", {"decimal": 3}),
        ("assert_almost_equal", {"decimal": 2}),
    ],
)
def test_options_mean_what_they_mean_to_numpy(name: str, options: dict[str, Any]) -> None:
    for one, other in PAIRS:
        ours, theirs = getattr(testing, name), getattr(np.testing, name)
        assert outcome(ours, one, other, **options) == outcome(theirs, one, other, **options), (one, other)


@pytest.mark.parametrize("significant", [1, 3, 7])
def test_significant_digits_are_counted_as_by_numpy(significant: int) -> None:
    generator = np.random.default_rng(5)
    for _ in range(200):
        desired = float(generator.uniform(-1000, 1000))
        actual = desired * (1 + 10.0 ** generator.uniform(-9, 0))
        ours = outcome(testing.assert_approx_equal, actual, desired, significant)
        assert ours == outcome(np.testing.assert_approx_equal, actual, desired, significant), (actual, desired)


def test_containers_are_equal_where_all_that_they_hold_is() -> None:
    for one, other in (
        ({"a": X, "b": [1, NAN]}, {"a": X.copy(), "b": [1, NAN.copy()]}),
        ({"a": X}, {"a": X + 1}),
        ({"a": 1}, {"b": 1}),
        ((1, [2, 3]), (1, [2, 4])),
        ("text", "text"),
        ("text", "other"),
        (None, None),
        ("x", 1),
    ):
        assert outcome(testing.assert_equal, one, other) == outcome(np.testing.assert_equal, one, other), (one, other)


def test_a_check_of_anything_fails_where_it_is_false() -> None:
    for given in (True, False, 0, [1]):
        assert outcome(testing.assert_, given) == outcome(np.testing.assert_, given)


@pytest.mark.parametrize("name", NAMES)
def test_they_take_what_numpys_take(name: str) -> None:
    ours, theirs = (inspect.signature(getattr(module, name)).parameters for module in (testing, np.testing))
    assert list(ours) == list(theirs)


@pytest.mark.parametrize("how", ["np.testing.{}", "__import__('numpy').testing.{}"])
def test_a_submission_that_checks_itself_goes_on(sandbox: Sandbox, how: str) -> None:
    source = "from numpy.testing import assert_equal\nassert_equal(1, 1)\n" + how.format("assert_allclose(2.0, 2.0)")
    found = first(sandbox.run(script(source + "\ndx = 6.0")))
    assert found.raised is None
    assert number(found.candidates["dx"]) == 6.0


def test_a_check_that_fails_is_an_exception_of_the_submission(sandbox: Sandbox) -> None:
    found = first(sandbox.run(script("np.testing.assert_allclose(2.0, 3.0)\ndx = 6.0")))
    assert found.raised is not None
    assert found.raised.type == "AssertionError"


def test_what_else_numpy_tests_with_is_not_here_and_says_so_when_used(sandbox: Sandbox) -> None:
    found = first(sandbox.run(script("from numpy.testing import assert_raises\ndx = 6.0\nassert_raises(ValueError)")))
    assert number(found.candidates["dx"]) == 6.0
    assert found.raised is not None
    assert "numpy.testing.assert_raises is not available here" in found.raised.message
