"""The points on which a submission is judged: the worked example, and hidden ones drawn from the deployment's secret.

Each exercise has a pool of TRIAL_SETS sets; their witnesses are computed once, so that a submission pays nothing for
them. A submission keeps the number of its set, and whoever grades it again uses the same points.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from grader.candidate import Float64
from grader.exercise import Exercise, Given, Gradient, Procedure, Random, Value
from grader.finite import central_differences
from grader.program import Operation
from grader.shapes import size_of

TRIAL_SETS = 64
WORKED_ONLY = -1
"""The number of the set that holds the worked example alone."""
HIDDEN_SIZES = (3, 4, 5, 7, 11, 13, 17, 19, 23, 29)
"""Distinct from 1 and 2, from one another, and from one another's products: a transposed matrix cannot fit by luck."""
KINK_DISTANCE = 0.02
SMALLEST = 1e-3
"""An asked gradient is redrawn where an entry falls below this part of its scale: an error could hide there."""
DRAWS = 400
DISAGREEMENTS = 3
"""At so many points of a draw the numerical witness may be lost in the rounding of a saturated unit, whose logarithm
cancels; a wrong rule is off at every point."""


class TrialError(RuntimeError):
    """No usable points could be drawn, or the witnesses disagree: a fault of the exercise or ours, never the
    student's."""


class WitnessError(TrialError):
    """The exact and the numerical gradient differ at a point."""


@dataclass(frozen=True, eq=False)
class Expected:
    """What is right for one asked quantity on one trial, entry by entry: its exact value, the `scale` on which a
    difference counts (the sum of |paths|), and the numerical witness. `ends` are the two ends of the segment of
    subgradients where the trial lies on a kink."""

    exact: Float64
    scale: Float64
    numerical: Float64 | None = None
    ends: tuple[Float64, Float64] | None = None


@dataclass(frozen=True, eq=False)
class Trial:
    """One point: sizes by dimension, arrays by name (inputs and steps of the forward pass), and what is expected.
    `tied` where it lies on a kink on purpose. `gradients` are those of all nodes on the way to an objective, by
    objective, once somebody has asked for them."""

    sizes: Mapping[str, int]
    nodes: Sequence[Any]
    values: Mapping[str, Any]
    expected: Mapping[str, Expected]
    tied: bool = False
    gradients: dict[int, Mapping[int, Any]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, eq=False)
class TrialSet:
    """The worked example first, then the hidden trials; `key` is the secret that they were drawn from."""

    trials: tuple[Trial, ...]
    key: bytes = field(repr=False)

    def __len__(self) -> int:
        return len(self.trials)

    @property
    def worked_only(self) -> bool:
        """Whether there are no hidden trials: what is right then may be so by luck."""
        return len(self.trials) == 1

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.trials)


@lru_cache(maxsize=512)  # up to a fifth of a megabyte each; all of a course's without variants, and more
def trial_set(exercise: Exercise, secret: bytes, number: int) -> TrialSet:
    """Set `number` of the pool that `secret` fixes for this exercise, or WORKED_ONLY. Raises TrialError."""
    if number == WORKED_ONLY:
        return TrialSet((worked_example(exercise),), b"")
    if not 0 <= number < TRIAL_SETS:
        raise ValueError(f"a set's number is from 0 to {TRIAL_SETS - 1}, not {number}")
    key = hmac.digest(secret, f"{exercise.digest}/{number}".encode(), "sha256")
    generator = np.random.default_rng(np.frombuffer(key, dtype=np.uint32))
    for _ in range(20):
        hidden = [draw_trial(exercise, sizes, generator, tied) for sizes, tied in _plan(exercise, generator)]
        trials = (worked_example(exercise), *hidden)
        if _both_sides_seen(exercise, trials):
            return TrialSet(trials, key)
    raise TrialError(f"{exercise.name}: the hidden trials stay on one side of a kink, or see one label only")


@lru_cache(maxsize=512)
def worked_example(exercise: Exercise) -> Trial:
    """The exercise's own numbers, or numbers drawn from a public seed at its own sizes; a variant's scalars are small
    integers of its own."""
    seed = hashlib.sha256(f"{exercise.digest}/worked".encode()).digest()
    generator = np.random.default_rng(np.frombuffer(seed, dtype=np.uint32))
    scalars = [g for g in exercise.inputs if not g.dimensions and g.draw.kind == "signed" and g.constant is None]
    for _ in range(DRAWS if exercise.seed and scalars else 0):
        signs, sizes = generator.choice([-1.0, 1.0], len(scalars)), generator.integers(1, 6, len(scalars))
        try:
            own = {g.name: np.float64(value) for g, value in zip(scalars, signs * sizes, strict=True)}
            return draw_trial(exercise, exercise.dimensions, generator, fixed=own)
        except TrialError:
            continue  # on a kink, or out of reach of float64
    fixed = {g.name: np.asarray(g.worked, dtype=np.float64) for g in exercise.inputs if g.worked is not None}
    return draw_trial(exercise, exercise.dimensions, generator, fixed=fixed, digits=2)


def _plan(exercise: Exercise, generator: np.random.Generator) -> list[tuple[dict[str, int], bool]]:
    """The sizes of the hidden trials: three with all sizes distinct, one with a single sample, one that keeps the
    sizes of 1 of the worked example (right only there: right by luck); the last may be tied at a kink."""
    letters = [letter for letter in exercise.dimensions if letter not in exercise.derived]
    candidates = HIDDEN_SIZES[: len(letters) + 1]

    def others() -> dict[str, int]:
        while True:
            sizes = dict(zip(letters, map(int, generator.permutation(candidates)), strict=False))
            if not letters or exercise.sizes(sizes) != exercise.dimensions:
                return sizes

    plan = [others() for _ in range(5)]
    if samples := exercise.samples:
        while plan[1][samples] == plan[0][samples]:
            plan[1] = others()
        plan[2][samples] = 1
    plan[3] = {letter: 1 if exercise.dimensions[letter] == 1 else size for letter, size in plan[3].items()}
    return [(exercise.sizes(sizes), exercise.ties and i == 4) for i, sizes in enumerate(plan)]


def draw_trial(
    exercise: Exercise,
    sizes: Mapping[str, int],
    generator: np.random.Generator,
    tied: bool = False,
    fixed: Mapping[str, Any] | None = None,
    digits: int = 15,
) -> Trial:
    """A point at `sizes`, drawn again until it is usable (or the values `fixed`, as they are), in numbers of so many
    `digits` after the point. Raises TrialError."""
    program, faults = exercise.program, Counter[str]()
    disagreement = "the numerical derivative is another"
    numbers = {letter: np.float64(size) for letter, size in sizes.items()}  # Python's own may grow or raise
    for _ in range(DRAWS):
        drawn = {given.name: np.round(_values(given, sizes, generator), digits) for given in exercise.inputs}
        drawn |= fixed or {}
        if tied:
            _tie(exercise, drawn)
        try:
            nodes = [np.float64(v) if np.ndim(v) == 0 else v for v in program.forward({**numbers, **drawn})]
            if not all(np.isfinite(v).all() for v in nodes):
                faults["a value is not finite"] += 1
                continue
            if not tied and not _clear_of_kinks(exercise, nodes):
                faults["a kink is too near"] += 1
                continue
            expected = _expected(exercise, nodes, tied)
        except (IndexError, OverflowError) as error:  # an index beyond a small size, a number beyond float64
            raise TrialError(f"{exercise.name}: {error}") from None
        if not all(np.isfinite(e.exact).all() and np.isfinite(e.scale).all() for e in expected.values()):
            faults["what is asked is not finite"] += 1
            continue
        if not (fixed or tied or all(_telling(e) for e in expected.values())):
            faults["what is asked is zero, or little more than rounding"] += 1
            continue
        try:
            expected = _witnessed(exercise, nodes, expected)
        except WitnessError:
            faults[disagreement] += 1
            if faults[disagreement] > DISAGREEMENTS or fixed:
                raise
            continue
        values = {name: nodes[i] for name, i in program.names.items() if name not in sizes}
        return Trial(dict(sizes), nodes, values, expected, tied)
    told = "; ".join(f"{fault} ({count} times)" for fault, count in faults.most_common())
    raise TrialError(
        f"{exercise.name}: no usable point in {DRAWS} draws at {dict(sizes)}: {told}. Give the inputs "
        "another `draw`, or change the steps."
    )


def _values(given: Given, sizes: Mapping[str, int], generator: np.random.Generator) -> Float64:
    shape = given.shape(sizes)
    if given.constant is not None:
        return np.full(shape, given.constant)
    draw = given.draw
    if draw.kind == "integers":
        return np.asarray(generator.choice([-1.0, 1.0], shape) * generator.integers(1, 6, shape))
    if draw.kind == "classes":
        return _spread(generator, size_of(draw.of, sizes), shape)
    if draw.kind == "one_hot":
        classes, places = shape[draw.axis], shape[1 - draw.axis]
        columns = np.eye(classes)[_spread(generator, classes, (places,)).astype(int)]
        return np.asarray(columns.T if draw.axis == 0 else columns)
    if draw.kind == "labels":
        labels = generator.integers(0, 2, shape).astype(np.float64)
        if labels.size > 1 and labels.min() == labels.max():
            labels.reshape(-1)[generator.integers(labels.size)] = 1.0 - labels.reshape(-1)[0]
        return labels
    values = generator.uniform(draw.low, draw.high, shape)
    if draw.kind == "uniform":
        return np.asarray(values)
    return np.asarray(values * generator.choice([-1.0, 1.0], shape))


def _spread(generator: np.random.Generator, classes: int, shape: tuple[int, ...]) -> Float64:
    """Class labels, every class present where there is room."""
    count = int(np.prod(shape))
    every = np.concatenate([generator.permutation(classes) for _ in range(count // classes + 1)])[:count]
    return np.asarray(generator.permutation(every), dtype=np.float64).reshape(shape)


def _tie(exercise: Exercise, drawn: dict[str, Float64]) -> None:
    """Move the drawn inputs onto the program's first kink, whose operands must be inputs or numbers."""
    program = exercise.program
    for node in program.nodes:
        if isinstance(node, Operation) and node.gate.name in ("maximum", "minimum", "relu", "abs"):
            names = [program.name_of(i) for i in node.inputs]
            if all(name in drawn for name in names):
                first, *others = names
                drawn[str(first)] = drawn[str(others[0])].copy() if others else np.zeros_like(drawn[str(first)])
                return
    raise TrialError(f"{exercise.name}: `ties` needs max, min, relu or abs directly on inputs")


def _kinks(exercise: Exercise, nodes: Sequence[Any]) -> Iterator[tuple[tuple[int, int], Any]]:
    """Each kink of the program, and the quantity that vanishes there."""
    for i, node in enumerate(exercise.program.nodes):
        if isinstance(node, Operation):
            for k, distance in enumerate(node.gate.kinks([nodes[s] for s in node.inputs], node.options)):
                yield (i, k), distance


def _clear_of_kinks(exercise: Exercise, nodes: Sequence[Any]) -> bool:
    return all((np.abs(distance) >= KINK_DISTANCE).all() for _, distance in _kinks(exercise, nodes))


def _both_sides_seen(exercise: Exercise, trials: Sequence[Trial]) -> bool:
    """Whether every kink is met from both sides, and every label input is 0 and 1, somewhere in the set: else an
    answer that knows one case only would pass."""
    sides: dict[object, set[float]] = {}
    for trial in trials:
        for key, distance in _kinks(exercise, trial.nodes):
            sides.setdefault(key, set()).update(np.sign(distance).reshape(-1).tolist())
        for given in exercise.inputs:
            if given.draw.kind == "labels":
                signs = 2 * trial.values[given.name] - 1
                sides.setdefault(given.name, set()).update(np.asarray(signs).reshape(-1).tolist())
    return all({1.0, -1.0} <= seen for seen in sides.values())


def _telling(expected: Expected) -> bool:
    """Whether an error of an entry would show: no entry that is the small remainder of larger terms."""
    size = np.abs(expected.exact)
    seen = size >= SMALLEST * expected.scale
    return bool((seen | (size == 0)).all()) and bool(expected.exact.size == 1 or (size > 0).any())


def _expected(exercise: Exercise, nodes: Sequence[Any], tied: bool) -> dict[str, Expected]:
    """What is right for each asked quantity, without the numerical witness."""
    found: dict[str, Expected] = {}
    for objective, asked in _by_objective(exercise).items():
        found |= _gradients(exercise, asked, objective, nodes, tied)
    known = {name: nodes[i] for name, i in exercise.program.names.items()}
    known |= {name: e.exact for name, e in found.items()}
    found |= {ask.name: _of_procedure(exercise, ask, nodes) for ask in exercise.asks if isinstance(ask, Procedure)}
    updated = exercise.updates.forward(known)
    for ask in exercise.asks:
        if isinstance(ask, Value):
            found[ask.name] = of_value(updated[ask.node])
    return {ask.name: found[ask.name] for ask in exercise.asks if not isinstance(ask, Random)}


def _by_objective(exercise: Exercise) -> dict[int, list[Gradient]]:
    asked: dict[int, list[Gradient]] = {}
    for ask in exercise.asks:
        if isinstance(ask, Gradient):
            asked.setdefault(ask.objective, []).append(ask)
    return asked


def of_value(exact: Any) -> Expected:
    """A forward result or update step, on a scale where rounding of its largest entry cannot make it wrong."""
    exact = np.asarray(exact, dtype=np.float64)
    return Expected(exact, np.abs(exact) + 1e-6 * np.abs(exact).max(initial=0.0) + 1e-300)


LOOSE = 1e-3
"""What a procedure may be off by, relative to the largest entry, where its step is its own choice."""


def _of_procedure(exercise: Exercise, ask: Procedure, nodes: Sequence[Any]) -> Expected:
    """The exact gradient for every step, and as `scale` the error that step and order explain: twice h |f''| / 2 (for
    order 1) and h^2 |f^(3)| / 6, and the rounding of f(x + h) - f(x)."""

    program, known = exercise.program, {name: nodes[i] for name, i in exercise.program.names.items()}

    def gradient(shift: float) -> Float64:
        moved = {**known, ask.wrt: nodes[ask.node] + shift}
        return np.asarray(program.gradients(moved, ask.objective, (ask.node,))[ask.node], dtype=np.float64)

    exact = gradient(0.0)
    if not ask.steps:
        return Expected(exact, np.full(exact.shape, LOOSE * max(1.0, float(np.abs(exact).max()))))
    delta = 1e-3
    up, down = gradient(delta), gradient(-delta)
    second, third = np.abs(up - down) / (2 * delta), np.abs(up - 2 * exact + down) / delta**2
    largest = float(np.abs(nodes[ask.objective]))
    allowed = []
    for h in ask.steps:
        truncation = 2 * ((h * second / 2 if ask.order == 1 else 0.0) + h**2 * third / 6 * (1 + h))
        allowed.append(truncation + 1e-15 * max(1.0, largest) / h + 1e-12)
    return Expected(np.stack([exact] * len(ask.steps)), np.stack([np.broadcast_to(a, exact.shape) for a in allowed]))


def _gradients(
    exercise: Exercise, asked: Sequence[Gradient], objective: int, nodes: Sequence[Any], tied: bool
) -> dict[str, Expected]:
    program, wanted = exercise.program, [ask.node for ask in asked]
    exact = program.backward(nodes, objective, wanted)
    scale = program.magnitudes(nodes, objective, wanted)
    ends = [program.backward(nodes, objective, wanted, at_kink) for at_kink in (0.0, 1.0)] if tied else []
    found = {}
    for ask in asked:
        i = ask.node
        allowed = np.asarray(scale[i], dtype=np.float64) + 1e-300
        pair = (np.asarray(ends[0][i]), np.asarray(ends[1][i])) if tied else None
        found[ask.name] = Expected(np.asarray(exact[i], dtype=np.float64), allowed, ends=pair)
    return found


def _witnessed(exercise: Exercise, nodes: Sequence[Any], expected: Mapping[str, Expected]) -> dict[str, Expected]:
    """With the numerical witness of each gradient, which is held against the exact one wherever there is only one
    derivative. Raises WitnessError."""
    found = dict(expected)
    for objective, asked in _by_objective(exercise).items():
        wanted = tuple(dict.fromkeys(ask.node for ask in asked))
        estimates = central_differences(exercise.program, nodes, objective, wanted)
        for ask in asked:
            estimate, right = estimates[ask.node], found[ask.name]
            if right.ends is None:
                _agree(exercise, ask, right.exact, right.scale, estimate.gradient, estimate.error)
            found[ask.name] = replace(right, numerical=estimate.gradient)
    return found


def _agree(
    exercise: Exercise, ask: Gradient, exact: Float64, scale: Float64, numerical: Float64, error: Float64
) -> None:
    """Hold the exact gradient against the numerical one. Raises WitnessError."""
    difference = np.abs(exact - numerical)
    within = (difference <= 4 * error + 1e-7 * scale) | np.isnan(numerical)
    if not within.all():
        raise WitnessError(
            f"{exercise.name}: {ask.name}: exact and numerical gradient differ by {difference.max():.2g}"
        )
