"""Answers in symbols, read: each a line of a program on top of the exercise's forward pass.

A line may use the student's other answers by name, in any order, and lines of their own that nobody asked for
(`dA1 = W2.T @ dZ2`). Shapes are settled in the exercise's letters as those of the forward pass are, by the same gates;
the values on a trial are the forward pass's, and one evaluation of the nodes that the lines added.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from grader.elementwise import Elementwise
from grader.exercise import Asked, Exercise, Gradient, Value
from grader.expressions import Apply, Expression, ExpressionError, Name, Number, evaluate, names_of, written_out
from grader.gates import GATES
from grader.latex import from_latex
from grader.notation import CALLED, CONSTANTS, KEYWORDS, bare, read
from grader.program import Operation, Program, ProgramError
from grader.report import Note
from grader.shapes import Dimensions, ShapeError, size_of, written
from grader.submission import SubmissionError
from grader.trials import HIDDEN_SIZES, Trial
from grader.typeset import typeset

MAX_ENTRIES = 2_000_000
"""Of all arrays of a submission together, at the largest sizes: what is computed stays within 16 MB."""
MAX_SIZE = 64
"""Of an axis that has no letter."""
NOTHING: Mapping[int, Any] = {}
_OBJECTIVES = frozenset(("L", "J", "E", "C", "loss", "cost"))
NUMBERS = {"e": Fraction(math.e), "pi": Fraction(math.pi)}
"""The constants as nodes of a program. Nobody can write these fractions out: they have more than MAX_DIGITS digits."""


NOWHERE = -1


@dataclass(frozen=True)
class Line:
    """An answer: its checked tree, in which other answers stand under their names, and its node of the program; of
    scalars, where no shape has to fit, the tree is all that is judged, and stands nowhere (see `Lines.place`)."""

    tree: Expression
    node: int
    notes: tuple[Note, ...] = ()

    @property
    def understood(self) -> str:
        return written_out(self.tree)


@dataclass(frozen=True)
class Unreadable:
    """Not an expression of the exercise: a message code with its parameters. `understood` where it is one, of shapes
    that do not fit."""

    code: str
    parameters: Mapping[str, Any]
    understood: str | None = None


class NotReadable(SubmissionError):
    """Answers that are no expressions of the exercise: `answers` says of each why."""

    def __init__(self, answers: Mapping[str, Unreadable]) -> None:
        super().__init__("answers_not_readable", names=", ".join(answers))
        self.answers = answers


@dataclass(frozen=True, eq=False)
class Lines:
    """The answers by name, each after those that it uses. Lines of the student's own are `own` where an asked
    quantity uses them; what nobody asked for or uses is `unknown`. `program` is the exercise's, with the lines' nodes
    after its own."""

    program: Program
    read: dict[str, Line | Unreadable]
    own: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def place(self, name: str) -> int:
        """The node of an answer in scalars, put into the program with all that it uses. Raises ProgramError."""
        places = {constant: self.program.number(NUMBERS[constant]) for constant in CONSTANTS} | self.program.names
        answer = self.read[name]
        assert isinstance(answer, Line)
        for used, tree in {**self.behind(name), name: answer.tree}.items():
            places[used] = evaluate(tree, places, self.program.number, self.program.apply)
        return places[name]

    def behind(self, name: str) -> dict[str, Expression]:
        """The trees of the other answers that the answer `name` uses, in order."""
        used, found = {name}, dict[str, Expression]()
        for other, line in reversed(self.read.items()):
            if other in used and isinstance(line, Line):
                used |= names_of(line.tree)
                found[other] = line.tree
        return {other: found[other] for other in reversed(found) if other != name}

    def values(self, trial: Trial, given: Mapping[int, Any] = NOTHING) -> list[Any]:
        """The value of every node on a trial, some of them `given`; None where an entry was taken that is not there."""
        values = list(trial.nodes)
        with np.errstate(all="ignore"):
            for i, node in enumerate(self.program.nodes[len(values) :], len(values)):
                if i in given:
                    values.append(given[i])
                    continue
                if not isinstance(node, Operation):
                    values.append(np.float64(float(node.value or 0)))
                    continue
                inputs = [values[i] for i in node.inputs]
                try:
                    values.append(
                        None if any(v is None for v in inputs) else node.gate.forward(*inputs, **node.options)
                    )
                except (IndexError, ValueError, OverflowError):
                    values.append(None)
        return values


def read_lines(exercise: Exercise, answers: Mapping[str, str]) -> Lines:
    """The answers `answers`, each under the name it was given; `dfdx` and `df/dx` are dx, where that is asked."""
    reader = _Reader(exercise, answers_by_name(exercise, answers))
    for name in (*reader.asked, *reader.own):
        if name in reader.texts:
            reader.line(name)
    lines = Lines(reader.program, reader.lines)
    used = set().union(*(lines.behind(name) for name in reader.asked if name in reader.lines))
    own = tuple(name for name in reader.lines if name in used and name not in reader.asked)
    return replace(lines, own=own, unknown=tuple(n for n in reader.texts if n not in reader.asked and n not in used))


def check_readable(exercise: Exercise, answers: Mapping[str, str]) -> None:
    """Raises NotReadable unless every answer is an expression of the exercise; its shapes need not fit. Raises
    SubmissionError where one is given twice."""
    check_once(exercise, answers)
    read = read_lines(exercise, answers).read
    refused = {n: line for n, line in read.items() if isinstance(line, Unreadable) and line.understood is None}
    if refused:
        raise NotReadable(refused)


def preview(exercise: Exercise, answers: Mapping[str, str]) -> dict[str, str | Unreadable]:
    """What each answer is understood as, in MathML, without a word about its being right; by the names that the
    exercise asks for, and those of lines of one's own."""
    arrays, lines = not exercise.of_scalars, read_lines(exercise, answers)
    shown: dict[str, str | Unreadable] = {}
    for name in answers_by_name(exercise, answers):
        line = lines.read.get(name, Unreadable("unknown_answer", {"name": name}))
        shown[name] = typeset(line.tree, name, arrays) if isinstance(line, Line) else line
    return shown


def left_sides(exercise: Exercise, ask: Asked) -> tuple[str, ...]:
    """How the asked quantity may be called left of an equals sign; `notation.bare` tells which spellings are one. The
    loss has many names."""
    if not isinstance(ask, Gradient):
        return (ask.name,)
    sides = (ask.name, f"d{ask.wrt}", f"d{ask.of}/d{ask.wrt}")
    if exercise.of_scalars:
        return sides
    parts = [name for name in re.findall(r"[^\W\d]\w*", ask.of) if name in exercise.steps]
    objectives = {*parts, *(_OBJECTIVES - exercise.program.names.keys())}
    return (*sides, *(f"d{name}/d{ask.wrt}" for name in sorted(objectives)))


def answers_by_name(exercise: Exercise, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers under the names that the exercise asks for, others under their own without what tells nothing apart
    (`dA_1` is dA1). Of two for one name that which is spelled so, else the last."""
    spelled = _spellings(exercise, answers)
    return {name: answers[name if name in given else given[-1]] for name, given in spelled.items()}


def check_once(exercise: Exercise, answers: Mapping[str, str]) -> None:
    """Raises SubmissionError where there are two answers for one name: `dx` and `df/dx`."""
    for given in _spellings(exercise, answers).values():
        if len(given) > 1:
            raise SubmissionError("answered_twice", name=" = ".join(given))


def _spellings(exercise: Exercise, answers: Mapping[str, str]) -> dict[str, list[str]]:
    """The names of the answers, as they were given, by the names that the exercise asks for."""
    asked = _names_by_spelling(exercise)
    exact = {ask.name for ask in exercise.asks}
    found: dict[str, list[str]] = {}
    for name in answers:
        plain = bare(_without_macros(name))
        meant = name if name in exact else asked.get(plain, name if name.isidentifier() else plain)
        found.setdefault(meant, []).append(name)
    return found


def _names_by_spelling(exercise: Exercise) -> dict[str, str]:
    return {bare(side): ask.name for ask in exercise.in_symbols for side in left_sides(exercise, ask)}


def _without_macros(name: str) -> str:
    try:
        return from_latex(name, frozenset(), arrays=True)
    except ExpressionError:
        return name


@dataclass
class _Reader:
    exercise: Exercise
    texts: Mapping[str, str]
    asked: Mapping[str, Asked] = field(init=False)
    program: Program = field(init=False)
    lines: dict[str, Line | Unreadable] = field(default_factory=dict)
    under_way: list[str] = field(default_factory=list)
    entries: int = 0

    def __post_init__(self) -> None:
        exercise = self.exercise
        self.asked = {ask.name: ask for ask in exercise.in_symbols}
        self.quotients = _names_by_spelling(exercise)
        self.program = exercise.program.copy()
        self.given = exercise.program.names.keys() - exercise.answers
        spoken_for = {bare(name) for name in self.given} | CALLED | KEYWORDS | set(CONSTANTS)
        self.own = [n for n in self.texts if n not in self.asked and n.isidentifier() and bare(n) not in spoken_for]
        self.largest = exercise.sizes({d: max(n, *HIDDEN_SIZES) for d, n in exercise.dimensions.items()})

    def line(self, name: str) -> Line | Unreadable:
        """The answer `name`, with all that it uses read before it."""
        if name in self.under_way:
            circle = [*self.under_way[self.under_way.index(name) :], name]
            return Unreadable("answers_in_a_circle", {"names": " → ".join(circle)})
        if name not in self.lines:
            self.under_way.append(name)
            found = self._read(name)
            self.under_way.pop()
            self.lines[name] = found
        return self.lines[name]

    def _read(self, name: str) -> Line | Unreadable:
        ask = self.asked.get(name)
        sides = left_sides(self.exercise, ask) if ask else (name,)
        scalars, functions = self.exercise.of_scalars, self.exercise.program.functions
        try:
            names = self.given | self.asked.keys() | set(self.own)
            quotients = self.quotients
            tree = read(self.texts[name], names, sides, arrays=not scalars, functions=functions, quotients=quotients)
            if scalars:
                _only_scalars(tree)
        except ExpressionError as error:
            return self._refused(error)
        for used in sorted(names_of(tree) & {*self.asked, *self.own}):
            if used not in self.texts:
                return Unreadable("answer_not_given", {"name": used})
            earlier = self.line(used)
            if isinstance(earlier, Unreadable):
                circular = earlier.code == "answers_in_a_circle" and name in earlier.parameters["names"].split(" → ")
                return earlier if circular else Unreadable("answer_not_readable", {"name": used})
        if scalars:
            return Line(tree, NOWHERE)
        try:
            return self._placed(tree, ask)
        except ShapeError as error:
            return Unreadable(error.code, error.parameters, written_out(tree))
        except ExpressionError as error:
            return Unreadable(error.code, error.parameters)
        except ProgramError:
            return Unreadable("expressions_too_large", {})

    def _refused(self, error: ExpressionError) -> Unreadable:
        """What a student's own lines are called is no name of the exercise; one like them can be written."""
        if error.code != "unknown_name":
            return Unreadable(error.code, error.parameters)
        name = error.parameters["name"]
        if name in self.exercise.answers:
            node = self.exercise.updates.names[name]
            asked = next(ask.name for ask in self.asked.values() if isinstance(ask, Value) and ask.node == node)
            return Unreadable("name_is_asked", {"name": name, "asked": asked})
        if bare(name) in {f"d{bare(given)}" for given in self.given}:
            return Unreadable("answer_not_given", {"name": name})
        return Unreadable(error.code, {"name": name, "names": ", ".join(sorted(self.given))})

    def _placed(self, tree: Expression, ask: Asked | None) -> Line:
        """The line of `tree`, its gates added to the program. Raises ShapeError, ProgramError, ExpressionError."""
        places = {name: (self.program.names[name], Name(name)) for name in self.given}
        places |= {name: (line.node, Name(name)) for name, line in self.lines.items() if isinstance(line, Line)}
        for name in set(CONSTANTS) - places.keys():
            places[name] = (self.program.number(NUMBERS[name]), Name(name))
        node, tree = evaluate(tree, places, lambda v: (self.program.number(v), Number(v)), self._gate)
        shape = self.program.nodes[node].shape
        if ask is not None and _without_axes_of_one(shape, ask.dimensions):
            sizes = tuple(Name(d) if isinstance(d, str) else Number(Fraction(d)) for d in ask.dimensions)
            nodes = [self.program.number(s.value) if isinstance(s, Number) else places[s.id][0] for s in sizes]
            taken = Apply("reshape", (tree, *sizes), (("shape", ask.dimensions),))
            note = Note("taken_in_shape", {"written": written(shape), "shape": written(ask.dimensions)})
            return Line(tree, self.program.apply(taken, [node, *nodes]), (note,))
        return Line(tree, node)

    def _gate(self, operation: Apply, arguments: Sequence[tuple[int, Expression]]) -> tuple[int, Expression]:
        nodes, trees = [node for node, _ in arguments], tuple(tree for _, tree in arguments)
        shapes = [self.program.nodes[node].shape for node in nodes]
        if operation.gate == "matmul" and () in shapes:  # what stands side by side, one of them a number
            operation = replace(operation, gate="multiply")
        try:
            node = self.program.apply(operation, nodes)
        except ShapeError as error:
            named = [f"{written_out(t, 4)[:40]} {written(s)}" for t, s in zip(trees, shapes, strict=True)]
            told = {"left": named[0], "right": named[-1], "shape": named[0], "shapes": ", ".join(named)}
            parameters = {key: told.get(key, value) for key, value in error.parameters.items()}
            raise ShapeError(error.code, **parameters) from None
        self._bound(self.program.nodes[node].shape)
        return node, replace(operation, arguments=trees)

    def _bound(self, shape: Dimensions) -> None:
        self.entries += math.prod(size_of(d, self.largest) for d in shape)
        own = [d for d in shape if isinstance(d, int)]
        if self.entries > MAX_ENTRIES or max(own, default=0) > max(MAX_SIZE, *self.largest.values(), 0):
            raise ExpressionError("expressions_too_large")


def _without_axes_of_one(shape: Dimensions, asked: Dimensions) -> bool:
    """Whether `shape` is what is asked, but for axes of length 1 that a sum has lost."""
    return 0 < len(shape) < len(asked) and shape == tuple(d for d in asked if d != 1)


def _only_scalars(tree: Expression) -> None:
    """Refuse gates of arrays. Raises ExpressionError."""
    if isinstance(tree, Apply):
        if not isinstance(GATES[tree.gate], Elementwise):
            raise ExpressionError("form_not_allowed", text=written_out(tree)[:60])
        for argument in tree.arguments:
            _only_scalars(argument)
