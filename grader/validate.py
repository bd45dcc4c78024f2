"""Whether an exercise may be used, and what its author is shown: its three witnesses held against one another on
random points, its shapes, its formulas, and the values of its worked example."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from grader import exact, yaml12
from grader.candidate import Float64
from grader.compare import relative_error
from grader.elementwise import Elementwise
from grader.exercise import Exercise, ExerciseError, Gradient
from grader.gates import Gate
from grader.program import Operation, Program
from grader.reading import read_exercise
from grader.shapes import written
from grader.trials import HIDDEN_SIZES, Trial, TrialError, draw_trial, trial_set, worked_example

OUTRIGHT_ENTRIES = 60
"""How many entries of inputs SymPy differentiates outright in seconds."""
MAX_ENTRIES = 50_000
"""How many numbers a program may hold at once: ten times those of the largest exercise of the catalogue."""
SAMPLE_DIGITS = 4


@dataclass(frozen=True)
class Agreement:
    """The largest relative differences, between each two witnesses, for one asked gradient at one point. `outright`
    is None where the exercise is too large at its smallest for SymPy to expand."""

    name: str
    sizes: tuple[tuple[str, int], ...]
    outright: float | None
    numerical: float

    @property
    def holds(self) -> bool:
        return (self.outright is None or self.outright <= 1e-12) and self.numerical <= 1e-6


@dataclass(frozen=True)
class Row:
    """A line of the dimension table: an input, a step or an asked quantity (`kind`), its shape in letters and in the
    numbers of the worked example."""

    kind: str
    name: str
    letters: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Examination:
    """What an exercise's author is shown: the witnesses' agreement, the dimension table, formulas by asked gradient
    (of scalar circuits), and the values of the worked example's inputs and steps, rounded."""

    agreements: tuple[Agreement, ...]
    table: tuple[Row, ...]
    formulas: Mapping[str, str]
    sample: Mapping[str, Any]


def template(name: str, language: str = "en") -> str:
    """An exercise of that name, with comments in one of LANGUAGES, to change into one's own. Raises ExerciseError where
    it cannot be a name."""
    file = resources.files("grader") / ("template.ja.yaml" if language == "ja" else "template.yaml")
    text = file.read_text("utf-8").replace("name: NAME", f"name: {name}")
    read_exercise(text)
    return text


def examine(exercise: Exercise) -> Examination:
    """The examination of an exercise that was read. Raises ExerciseError, with the line, where it is too large, asks
    for a gradient that no derivative carries, no usable points can be drawn, or the witnesses do not agree."""
    document = yaml12.read(exercise.source)
    _check_size(exercise, document)
    _check_differentiable(exercise, document)
    try:
        rows = tuple(agreements(exercise))
        found = Examination(rows, dimension_table(exercise), formulas(exercise), sample(exercise))
    except TrialError as error:
        advice = "inputs must be drawn so that all values stay finite and clear of the kinks of max, relu and abs"
        raise ExerciseError(f"{error}; {advice}", document.line("forward")) from None
    if apart := next((row for row in rows if not row.holds), None):
        reason = (
            f"{apart.name}: the witnesses do not agree (exact-backward {apart.outright}, numerical {apart.numerical})"
        )
        raise ExerciseError(reason, document.line("gradients", apart.name))
    return found


def dimension_table(exercise: Exercise) -> tuple[Row, ...]:
    """The shape of every input, step and asked quantity."""
    program, sizes = exercise.program, exercise.dimensions
    rows = [Row("input", g.name, g.symbolic_shape, g.shape(sizes)) for g in exercise.inputs]
    for step in exercise.steps:
        node = program.names[step]
        rows.append(Row("step", step, written(program.nodes[node].shape), program.shape_of(node, sizes)))
    rows += [Row("asked", ask.name, ask.symbolic_shape, exercise.shown_shape(ask)) for ask in exercise.asks]
    return tuple(rows)


def formulas(exercise: Exercise) -> dict[str, str]:
    """Each asked gradient of a scalar circuit, in symbols; nothing for others."""
    if not exercise.of_scalars:
        return {}
    gradients = (ask for ask in exercise.asks if isinstance(ask, Gradient))
    return {a.name: str(exact.derive(exercise.program, a.objective, a.node, {}).gradient[()]) for a in gradients}


def sample(exercise: Exercise) -> dict[str, Any]:
    """The worked example's inputs and steps, rounded, as plain numbers and lists. Raises TrialError."""
    values = worked_example(exercise).values
    names = [*(given.name for given in exercise.inputs), *exercise.steps]
    return {name: np.round(np.asarray(values[name], dtype=np.float64), SAMPLE_DIGITS).tolist() for name in names}


def agreements(exercise: Exercise, points: int = 2) -> Iterator[Agreement]:
    """The witnesses' agreement at the smallest telling sizes, where SymPy differentiates the whole objective outright,
    and at the sizes of hidden trials. Raises TrialError where no usable points can be drawn."""
    generator = np.random.default_rng(20201123)
    small = exercise.sizes({letter: 1 if size == 1 else 2 for letter, size in exercise.dimensions.items()})
    for _ in range(points):
        trial = draw_trial(exercise, small, generator)
        for ask in exercise.asks:
            if isinstance(ask, Gradient):
                yield _agreement(exercise, ask, trial, outright=_entries(exercise, trial) <= OUTRIGHT_ENTRIES)
    for trial in trial_set(exercise, b"validate", 0):
        if not trial.tied:
            for ask in exercise.asks:
                if isinstance(ask, Gradient):
                    yield _agreement(exercise, ask, trial, outright=False)


def _entries(exercise: Exercise, trial: Trial) -> int:
    return sum(np.size(trial.values[given.name]) for given in exercise.inputs)


def _agreement(exercise: Exercise, ask: Gradient, trial: Trial, outright: bool) -> Agreement:
    expected = trial.expected[ask.name]
    assert expected.numerical is not None
    by_sympy = None
    if outright:
        labels = {g.name: trial.values[g.name] for g in exercise.inputs if g.draw.kind == "classes"}
        derivation = exact.derive(exercise.program, ask.objective, ask.node, trial.sizes, labels)
        by_sympy = _difference(derivation.evaluate(trial.nodes).astype(np.float64), expected.exact, expected.scale)
    numerical = _difference(expected.numerical, expected.exact, expected.scale)
    return Agreement(ask.name, tuple(trial.sizes.items()), by_sympy, numerical)


def _difference(a: Float64, b: Float64, scale: Float64) -> float:
    return float(relative_error(a, b, scale).max(initial=0.0))


def _check_size(exercise: Exercise, document: yaml12.Document) -> None:
    """Bounds what the program holds at its own sizes, and at the largest that hidden trials may draw."""
    letters = [letter for letter in exercise.dimensions if letter not in exercise.derived]
    largest = exercise.sizes(dict.fromkeys(letters, HIDDEN_SIZES[: len(letters) + 1][-1]))
    for sizes in (exercise.dimensions, largest):
        program = exercise.program
        entries = sum(math.prod(program.shape_of(i, sizes)) for i in range(len(program.nodes)))
        if entries > MAX_ENTRIES:
            at = ", ".join(f"{letter} = {size}" for letter, size in sizes.items())
            reason = f"the program is too large: {entries} numbers at {at}, of at most {MAX_ENTRIES}"
            raise ExerciseError(reason, document.line("forward"))


def _check_differentiable(exercise: Exercise, document: yaml12.Document) -> None:
    """Every asked gradient must have a path that a derivative passes."""
    for ask in exercise.asks:
        if isinstance(ask, Gradient) and ask.objective not in _moved(exercise.program, ask.node):
            reason = (
                f"{ask.name}: `{ask.of}` depends on `{ask.wrt}` only through comparisons, conditions or labels, "
                "which have no derivative"
            )
            raise ExerciseError(reason, document.line("gradients", ask.name))


def _moved(program: Program, source: int) -> set[int]:
    """The nodes that a small change of `source` moves."""
    moved = {source}
    for i, node in enumerate(program.nodes):
        if isinstance(node, Operation) and any(
            s in moved and _passes(node.gate, position) for position, s in enumerate(node.inputs)
        ):
            moved.add(i)
    return moved


@cache
def _passes(gate: Gate, position: int) -> bool:
    """Whether the gate's result moves with that argument: else it only chooses."""
    if not isinstance(gate, Elementwise):
        return position < len(gate.vjps)
    import sympy

    letters = sympy.symbols("a b c", real=True)[: gate.arity]
    return bool(sympy.diff(gate.symbolic(*letters), letters[position]) != 0)
