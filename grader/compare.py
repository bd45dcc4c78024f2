"""The ladder of comparison: present, an array, real, the right shape, finite, the right value. The first failed rung
is the verdict. Every comparison is written so that NaN fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grader.candidate import Array, Candidate, Float64, Missing, NotArray, NotReal
from grader.report import GradientVerdict

TOLERANCE = 1e-8
SAME = 1e-7
"""Relative to the largest entry: two arrays that differ by less are the same wrong answer."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """One candidate held against what is right: `wrong` marks the wrong entries, where the shapes agree; `shape` is
    the candidate's, where it is an array. `relative_error` is the largest on the scale that decides, `errors` are
    those that people are shown, see `shown_errors`."""

    verdict: GradientVerdict
    shape: tuple[int, ...] | None = None
    relative_error: float | None = None
    wrong: npt.NDArray[np.bool_] | None = None
    value: Float64 | None = None
    type: str | None = None
    errors: Float64 | None = None

    @property
    def right(self) -> bool:
        return self.verdict == "match"


def judge(
    candidate: Candidate, exact: Float64, scale: Float64, tolerance: float = TOLERANCE, allowed: bool = False
) -> Judgement:
    """The verdict on `candidate`: an entry is right if |candidate - exact| <= tolerance * max(|candidate|, |exact|,
    scale), where the scale is what rounding can honestly reach; or, where the scale is itself what is `allowed`, if
    |candidate - exact| <= scale."""
    match candidate:
        case Missing():
            return Judgement("missing")
        case NotArray(kind):
            return Judgement("not_array", type=kind)
        case NotReal(kind):
            return Judgement("not_real", type=kind)
        case Array(value, kind):
            if value.shape != exact.shape:
                return Judgement("wrong_shape", shape=value.shape, value=value, type=kind)
            finite = np.isfinite(value)
            if not finite.all():
                return Judgement("not_finite", value.shape, np.nan, ~finite, value, kind)
            error = relative_error(value, exact, scale)
            wrong = ~(np.abs(value - exact) <= scale) if allowed else ~(error <= tolerance)
            verdict: GradientVerdict = "mismatch" if wrong.any() else "match"
            shown = error if verdict == "match" else shown_errors(value, exact, wrong, error)
            return Judgement(verdict, value.shape, float(error.max(initial=0.0)), wrong, value, kind, shown)
    raise AssertionError(candidate)


def relative_error(a: Float64, b: Float64, scale: Float64 | float) -> Float64:
    """|a - b| / max(|a|, |b|, scale), entry by entry."""
    return np.asarray(np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), scale))


def shown_errors(a: Float64, b: Float64, wrong: npt.NDArray[np.bool_], error: Float64) -> Float64:
    """|a - b| / max(|a|, |b|) where an entry is wrong, as one computes it from the two numbers; else the `error` on the
    scale that decides, as rounding alone may be far off next to 0."""
    with np.errstate(invalid="ignore"):
        return np.where(wrong, relative_error(a, b, 0.0), error)


def same(one: Float64, other: Float64) -> bool:
    """Whether two arrays are one wrong answer: of one shape, and equal as far as rounding lets them."""
    if one.shape != other.shape:
        return False
    size = np.maximum(np.abs(one), np.abs(other)).max(initial=0.0)
    return bool((np.abs(one - other) <= SAME * size).all())


def subgradient(candidates: Mapping[str, Float64], ends: Mapping[str, tuple[Float64, Float64]]) -> float | None:
    """At a kink: the one t in [0, 1] for which every candidate is (1 - t) * first end + t * second end, judged jointly
    over all of them; None where there is none."""
    first = np.concatenate([ends[name][0].reshape(-1) for name in candidates])
    along = np.concatenate([(ends[name][1] - ends[name][0]).reshape(-1) for name in candidates])
    answer = np.concatenate([value.reshape(-1) for value in candidates.values()])
    length = float(along @ along)
    t = float(along @ (answer - first)) / length if length else 0.0
    close = np.abs(answer - first - t * along) <= TOLERANCE * np.maximum(1.0, np.abs(answer))
    return t if bool(close.all()) and -TOLERANCE <= t <= 1 + TOLERANCE else None
