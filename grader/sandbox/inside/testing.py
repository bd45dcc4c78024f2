"""The checks of `numpy.testing` that notebooks make of their own results, with its signatures. The module itself would
take 5 MB in every worker, and make every fork a quarter slower."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .modules import Placeholder


def assert_(val: Any, msg: Any = "") -> None:
    if not val:
        raise AssertionError(msg() if callable(msg) else msg)


def assert_allclose(
    actual: Any, desired: Any, rtol: float = 1e-7, atol: float = 0, equal_nan: bool = True, err_msg: str = "",
    verbose: bool = True, *, strict: bool = False,
) -> None:  # fmt: skip
    def close(x: Any, y: Any) -> Any:
        return np.abs(x - y) <= atol + rtol * np.abs(y)

    _check(actual, desired, close, f"Not equal to tolerance rtol={rtol:g}, atol={atol:g}", err_msg, strict, equal_nan)


def assert_array_almost_equal(
    actual: Any, desired: Any, decimal: float = 6, err_msg: str = "", verbose: bool = True
) -> None:
    def close(x: Any, y: Any) -> Any:
        return np.abs(x - y) < 1.5 * 10.0**-decimal

    _check(actual, desired, close, f"Arrays are not almost equal to {decimal} decimals", err_msg)


def assert_almost_equal(actual: Any, desired: Any, decimal: float = 7, err_msg: str = "", verbose: bool = True) -> None:
    assert_array_almost_equal(actual, desired, decimal, err_msg, verbose)


def assert_approx_equal(
    actual: Any, desired: Any, significant: float = 7, err_msg: str = "", verbose: bool = True
) -> None:
    def close(x: Any, y: Any) -> Any:
        size = 0.5 * (np.abs(x) + np.abs(y))
        return np.abs(x - y) < 10.0 ** (np.floor(np.log10(size)) - significant + 1)

    _check(actual, desired, close, f"Items are not equal to {significant} significant digits", err_msg)


def assert_array_equal(
    actual: Any, desired: Any, err_msg: str = "", verbose: bool = True, *, strict: bool = False
) -> None:
    _check(actual, desired, lambda x, y: x == y, "Arrays are not equal", err_msg, strict)


def assert_array_less(x: Any, y: Any, err_msg: str = "", verbose: bool = True, *, strict: bool = False) -> None:
    _check(x, y, lambda x, y: x < y, "Arrays are not strictly ordered `x < y`", err_msg, strict, equal=False)


def assert_equal(actual: Any, desired: Any, err_msg: str = "", verbose: bool = True, *, strict: bool = False) -> None:
    if isinstance(desired, dict) and isinstance(actual, dict):
        assert_(actual.keys() == desired.keys(), f"Items are not equal: {err_msg}")
        for key in desired:
            assert_equal(actual[key], desired[key], err_msg, verbose)
    elif isinstance(desired, (list, tuple)) and isinstance(actual, (list, tuple)):
        assert_(len(actual) == len(desired), f"Items are not equal: {err_msg}")
        for one, other in zip(actual, desired, strict=True):
            assert_equal(one, other, err_msg, verbose)
    else:
        strict = strict and (isinstance(actual, np.ndarray) or isinstance(desired, np.ndarray))
        _check(actual, desired, lambda x, y: x == y, "Items are not equal", err_msg, strict)


def __getattr__(name: str) -> Placeholder:
    if name.startswith("__"):
        raise AttributeError(name)
    return Placeholder(f"numpy.testing.{name}", 0)


def _check(
    x: Any, y: Any, holds: Callable[[Any, Any], Any], message: str, err_msg: str, strict: bool = False,
    equal_nan: bool = True, equal: bool = True,
) -> None:  # fmt: skip
    """Raises AssertionError unless x and y have one shape, or one is a number, and all entries hold; those that are
    equal, or both NaN, do anyway."""
    x, y = np.asanyarray(x), np.asanyarray(y)
    one_shape = x.shape == y.shape or (not strict and () in (x.shape, y.shape))
    if not one_shape or (strict and x.dtype != y.dtype):
        raise AssertionError(f"{message}\n{err_msg}\n(shapes {x.shape}, {y.shape} mismatch)")
    with np.errstate(all="ignore"):
        right = np.asarray(holds(x, y))
        if equal:
            right = right | np.asarray(x == y)
        if equal_nan:
            right = right | np.asarray((x != x) & (y != y))
    if not right.all():
        wrong = f"Mismatched elements: {np.sum(~right)} / {right.size}"
        raise AssertionError(f"{message}\n{err_msg}\n{wrong}\n{x!r}\n{y!r}")
