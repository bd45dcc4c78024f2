"""Exercises read from YAML: every complaint carries its line."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from functools import cache
from importlib import resources
from math import inf
from typing import Any

import numpy as np

from grader import yaml12
from grader.exercise import (
    Asked,
    Draw,
    Exercise,
    ExerciseError,
    Given,
    Gradient,
    Policy,
    PolicyError,
    Procedure,
    Random,
    Value,
    Variant,
)
from grader.expressions import (
    FUNCTION_NAMES,
    MAX_DEPTH,
    MAX_GATES,
    Expression,
    ExpressionError,
    depth_of,
    gates_of,
    parse,
    parse_statement,
    put,
    python_tree,
    written_out,
)
from grader.interface import Interface, InterfaceError, read_interface, value_interface
from grader.messages import LANGUAGES
from grader.program import Input, Operation, Program, ProgramError
from grader.provided import sources
from grader.sandbox import STATED_LIMITS, Limits
from grader.shapes import Dimension, product, size_of, total, written

LONGEST_TITLE = 200
MAX_SIZE = 64
MAX_ASKED = 40
MAX_DIMENSIONS = 9  # hidden trials draw all sizes distinct
MAX_CHOICES = 20
MAX_INPUTS = 200
MAX_AXES = 8
MAX_CLASSES = 1_000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")
_EXERCISE_NAME = re.compile(r"[a-z][a-z0-9-]{0,60}")
_DRAW = re.compile(r"(\w+)(?:\(\s*([-\w.]{1,16})\s*(?:,\s*([-\w.]{1,16})\s*)?\))?")
_DRAWS = (
    "signed, labels, integers, uniform(a, b) with a < b, "
    f"classes(n) with n from 2 to {MAX_CLASSES}, or one_hot(axis) of a matrix"
)
_KEYS = {
    "name", "title", "dimensions", "samples", "choices", "worked", "inputs", "forward", "ties", "gradients",
    "interfaces", "modules", "policy", "limits",
}  # fmt: skip


def read_exercise(text: str, variant: Variant | None = None) -> Exercise:
    """The exercise that the YAML `text` states, in `variant` or with the first of each choice.

    Raises ExerciseError with the line and what is wrong.
    """
    try:
        document = yaml12.read(text)
    except yaml12.YamlError as error:
        raise ExerciseError(str(error), error.line) from None
    return _Reader(document, text, variant or Variant({}, {}, "")).read()


def draw_variant(exercise: Exercise, secret: bytes, student: str) -> Exercise:
    """The variant of `exercise` that `secret` fixes for `student`: choices, sizes and numbers of its worked example. It
    is theirs in every version of the exercise that has these choices. The hidden trials follow from its digest."""
    seed = hmac.digest(secret, f"{exercise.name}/{student}".encode(), "sha256")
    generator = np.random.default_rng(np.frombuffer(seed, dtype=np.uint32))
    chosen = {name: options[int(generator.integers(len(options)))] for name, options in exercise.choices.items()}
    free = [d for d, size in exercise.dimensions.items() if size > 1 and d not in exercise.derived]
    sizes = dict(zip(free, map(int, generator.permutation(range(2, 4 + len(free)))), strict=False))
    return read_exercise(exercise.source, Variant(chosen, sizes, seed.hex()))


@cache
def catalogue() -> Mapping[str, Exercise]:
    """The exercises that come with the grader, by name."""
    folder = resources.files("grader") / "exercises"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return {exercise.name: exercise for exercise in (read_exercise(f.read_text("utf-8")) for f in files)}


class _Reader:
    """One document on its way to an Exercise; every complaint carries its line."""

    def __init__(self, document: yaml12.Document, source: str, variant: Variant) -> None:
        self.document, self.source, self.variant = document, source, variant
        self.program = Program()
        self.updates = Program()
        self.derived: dict[str, Dimension] = {}
        self.constants: set[str] = set()
        self.classes: set[str] = set()
        self.from_inputs: dict[str, Expression] = {}

    def fail(self, message: str, *path: str | int) -> ExerciseError:
        return ExerciseError(message, self.document.line(*path))

    def expect(self, value: Any, kind: type | tuple[type, ...], what: str, *path: str | int) -> Any:
        if not isinstance(value, kind) or (
            isinstance(value, bool) and bool not in (kind if type(kind) is tuple else (kind,))
        ):
            raise self.fail(f"{what} is expected here", *path)
        return value

    def only(self, mapping: Any, keys: set[str], what: str, *path: str | int) -> dict[str, Any]:
        found: dict[str, Any] = self.expect(mapping, dict, what, *path)
        for key in found:
            if key not in keys:
                raise self.fail(f"`{key}` is not known here; there are: {', '.join(sorted(keys))}", *path, key)
        return found

    def named(self, name: str, *path: str | int) -> str:
        if not _NAME.fullmatch(name) or name in FUNCTION_NAMES:
            raise self.fail(f"`{name}` cannot be a name: letters, digits and _, no function's name", *path)
        return name

    def read(self) -> Exercise:
        data = self.only(self.document.data, _KEYS, "a mapping with name, inputs, forward and gradients")
        for key in ("name", "inputs", "gradients"):
            if key not in data:
                raise self.fail(f"`{key}` is missing")
        name = self.expect(data["name"], str, "a name", "name")
        if not _EXERCISE_NAME.fullmatch(name):
            raise self.fail("a name has small letters, digits and hyphens, and begins with a letter", "name")
        title = data.get("title", name)
        title = {"en": title} if isinstance(title, str) else self.only(title, set(LANGUAGES), "a title", "title")
        if "en" not in title:
            raise self.fail("a title in English (en) is needed", "title")
        for language, words in title.items():
            self.expect(words, str, "text", "title", language)
            if not words.strip() or not words.isprintable() or len(words) > LONGEST_TITLE:
                raise self.fail(f"a title is one line of at most {LONGEST_TITLE} characters", "title", language)
        sizes = self.dimensions(data.get("dimensions", {}))
        choices, chosen = self.choices(data.get("choices", {}))
        inputs = self.inputs(data["inputs"], sizes, data.get("worked", {}))
        forward = self.expect(data.get("forward", ""), str, "the forward pass as text", "forward")
        steps = self.forward(forward)
        forward = re.sub(r"\w+", lambda word: str(chosen.get(word[0], word[0])), forward)
        ties = self.expect(data.get("ties", False), bool, "true or false", "ties")
        asks = self.asks(data["gradients"], steps)
        self.labelled()
        self.all_used(inputs, asks)
        samples = data.get("samples", _samples(sizes, inputs))
        if samples is not None and self.expect(samples, str, "a dimension", "samples") not in sizes:
            raise self.fail(f"`{samples}` is not one of the dimensions", "samples")
        return Exercise(
            name=name,
            title=title,
            digest=hashlib.sha256(json.dumps([data, asdict(self.variant)], sort_keys=True).encode()).hexdigest()[:16],
            dimensions=sizes,
            samples=samples,
            inputs=inputs,
            forward=forward,
            steps=steps,
            ties=ties,
            program=self.program,
            updates=self.updates,
            asks=asks,
            modules=self.modules(data.get("modules", [])),
            interfaces=self.interfaces(data.get("interfaces", self.usual_interfaces(asks)), inputs, steps, asks),
            derived=self.derived,
            choices=choices,
            chosen=chosen,
            source=self.source,
            seed=self.variant.seed,
            policy=self.policy(data.get("policy", {})),
            limits=self.limits(data.get("limits", {})),
        )

    def limits(self, data: Any) -> Limits:
        """What a run may use, the usual where nothing is said."""
        for name, value in self.only(data, set(STATED_LIMITS), "limits", "limits").items():
            least, most = STATED_LIMITS[name].least, STATED_LIMITS[name].most
            kind, what = ((int, float), "number") if name == "wall_seconds" else (int, "whole number")
            what = f"a {what} from {least} to {most}"
            if not least <= self.expect(value, kind, what, "limits", name) <= most:
                raise self.fail(f"{what} is expected here", "limits", name)
        return Limits().stated(data)

    def policy(self, data: Any) -> Policy:
        """What a teacher takes off for what is not quite a mistake."""
        try:
            return Policy().overlaid(self.expect(data, dict, "a policy", "policy"))
        except PolicyError as error:
            raise self.fail(str(error), "policy", error.name) from None

    def dimensions(self, data: Any) -> dict[str, int]:
        sizes: dict[str, int] = {}
        if len(self.expect(data, dict, "dimensions with their sizes", "dimensions")) > MAX_DIMENSIONS:
            raise self.fail(f"at most {MAX_DIMENSIONS} dimensions", "dimensions")
        for name, size in data.items():
            self.named(name, "dimensions", name)
            spelled = None
            if isinstance(size, str):
                spelled = self.derived[name] = self.spelled(size, sizes, "dimensions", name)
                size = size_of(spelled, sizes)
            if type(size) is not int or not 1 <= size <= MAX_SIZE:
                raise self.fail(f"a size from 1 to {MAX_SIZE} is expected", "dimensions", name)
            sizes[name] = size if spelled is not None else self.variant.sizes.get(name, size)
            if spelled is not None:
                sizes[name] = size_of(spelled, sizes)
            self.program.dimension(name, spelled)
            self.updates.dimension(name, spelled)
        return sizes

    def spelled(self, text: str, known: Mapping[str, int], *path: str | int) -> Dimension:
        """A product or a sum of dimensions stated before."""
        for sign, join in (("*", product), ("+", total)):
            parts = [part.strip() for part in text.split(sign)]
            if 1 < len(parts) <= MAX_DIMENSIONS and all(p in known or (p.isdecimal() and len(p) < 5) for p in parts):
                return join(parts)
        raise self.fail(
            f"a derived dimension is a product or a sum of at most {MAX_DIMENSIONS} dimensions stated before it", *path
        )

    def choices(self, data: Any) -> tuple[dict[str, tuple[str | float, ...]], dict[str, str | float]]:
        """What a variant may choose, and what this one has: a function for a name, or a number."""
        choices: dict[str, tuple[str | float, ...]] = {}
        chosen: dict[str, str | float] = {}
        if len(self.expect(data, dict, "names with their choices", "choices")) > MAX_CHOICES:
            raise self.fail(f"at most {MAX_CHOICES} choices", "choices")
        for name, options in data.items():
            path = ("choices", name)
            self.named(name, *path)
            self.expect(options, list, "a list of functions or numbers", *path)
            numbers = all(type(o) in (int, float) and abs(o) < inf for o in options)
            if not options or not (numbers or all(isinstance(o, str) and o in FUNCTION_NAMES for o in options)):
                raise self.fail("a choice is among functions of the language, or among numbers", *path)
            for option in options if numbers else ():
                try:
                    parse(str(option), ())
                except ExpressionError as error:
                    raise self.fail(str(error), *path) from None
            choices[name] = tuple(options)
            chosen[name] = self.variant.chosen.get(name, options[0])
            for program in (self.program, self.updates):
                if numbers:
                    program.constant(name, Fraction(str(chosen[name])))
                else:
                    program.functions[name] = str(chosen[name])
        return choices, chosen

    def inputs(self, data: Any, sizes: Mapping[str, int], worked: Any) -> tuple[Given, ...]:
        found: list[Given] = []
        self.expect(worked, dict, "inputs with their values", "worked")
        if len(self.expect(data, dict, "inputs", "inputs")) > MAX_INPUTS:
            raise self.fail(f"at most {MAX_INPUTS} inputs", "inputs")
        for name, entry in data.items():
            path = ("inputs", name)
            self.named(name, *path)
            if name in self.program.names:
                raise self.fail(f"`{name}` is a dimension already", *path)
            keys = {"shape", "parameter", "draw", "constant"}
            entry = self.only({} if entry is None else entry, keys, "shape, parameter, draw or constant", *path)
            shape = tuple(self.expect(entry.get("shape", []), list, "a shape such as [n_h, n_x]", *path, "shape"))
            if len(shape) > MAX_AXES:
                raise self.fail(f"a shape has at most {MAX_AXES} axes", *path, "shape")
            for size in shape:
                if not (size in sizes if isinstance(size, str) else type(size) is int and 1 <= size <= MAX_SIZE):
                    raise self.fail(f"`{size}` is neither a dimension nor a size", *path, "shape")
            constant = entry.get("constant")
            if constant is not None:
                constant = float(self.expect(constant, (int, float), "a number", *path, "constant"))
                if not abs(constant) < inf:
                    raise self.fail("a finite number is expected here", *path, "constant")
                self.constants.add(name)
            draw = self.draw(entry.get("draw", "signed"), len(shape), *path, "draw")
            if draw.kind == "classes":
                self.classes.add(name)
            found.append(
                Given(
                    name=name,
                    dimensions=shape,
                    parameter=self.expect(entry.get("parameter", False), bool, "true or false", *path, "parameter"),
                    draw=draw,
                    constant=constant,
                    worked=self.worked(worked.get(name, constant), tuple(size_of(d, sizes) for d in shape), name),
                )
            )
            self.program.given(name, shape)
            self.updates.given(name, shape)
        if unknown := set(worked) - {given.name for given in found}:
            raise self.fail(f"`{min(unknown)}` is not an input", "worked", min(unknown))
        return tuple(found)

    def worked(self, value: Any, shape: tuple[int, ...], name: str) -> Any:
        """The worked example's value of an input: a number, or nested lists of its shape."""
        if value is None:
            return None
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            array = np.array(np.nan)
        if array.shape != shape or not np.isfinite(array).all():
            raise self.fail(f"numbers of shape {shape} are expected", "worked", name)
        return value

    def draw(self, text: Any, axes: int, *path: str | int) -> Draw:
        match = _DRAW.fullmatch(self.expect(text, str, _DRAWS, *path).strip())
        kind, first, second = match.groups("") if match else ("", "", "")
        try:
            if kind in ("signed", "labels", "integers") and not first:
                return Draw(kind)
            if kind == "uniform" and float(first) < float(second) and float(second) - float(first) < inf:
                return Draw(kind, float(first), float(second))
            if kind == "classes" and not second and (first in self.program.dimensions or 1 < int(first) <= MAX_CLASSES):
                return Draw(kind, of=first if first in self.program.dimensions else int(first))
            if kind == "one_hot" and not second and int(first) in (0, 1) and axes == 2:
                return Draw(kind, axis=int(first))
        except ValueError:
            pass
        raise self.fail(f"a draw is {_DRAWS}", *path)

    def forward(self, text: str) -> tuple[str, ...]:
        first = self.document.line("forward") or 0
        try:
            steps = self.program.read(text)
        except ProgramError as error:
            line = min(first + (error.line or 0), self.source.count("\n") + 1)  # lines may be written as \n
            raise ExerciseError(str(error), line) from None
        for step in steps:
            self.named(step, "forward")
            self.updates.given(step, self.program.nodes[self.program.names[step]].shape)
        return tuple(steps)

    def asks(self, data: Any, steps: tuple[str, ...]) -> tuple[Asked, ...]:
        if isinstance(data, list):
            data = {self.expect(name, str, "a name", "gradients", i): None for i, name in enumerate(data)}
        asked = self.expect(data, dict, "the asked gradients by name", "gradients")
        if not 1 <= len(asked) <= MAX_ASKED:
            raise self.fail(f"from 1 to {MAX_ASKED} quantities can be asked", "gradients")
        found: list[Asked] = []
        for name, entry in asked.items():
            path = ("gradients", name)
            self.named(name, *path)
            keys = {"of", "wrt", "points", "value", "own", "random", "procedure"}
            entry = self.only({} if entry is None else entry, keys, "of, wrt, value, random or procedure", *path)
            points = float(self.expect(entry.get("points", 1), (int, float), "a number of points", *path, "points"))
            if not 0 <= points <= 1000:
                raise self.fail("from 0 to 1000 points", *path, "points")
            if len({"random", "value", "procedure", "of"} & set(entry)) > 1:
                raise self.fail("one of: of (with wrt), value, random, procedure", *path)
            if not steps and "random" not in entry:
                raise self.fail("the forward pass (`forward`) has no statement to ask about", *path)
            if "random" in entry:
                found.append(self.random(name, points, entry, path))
            elif "procedure" in entry:
                found.append(self.procedure(name, points, entry["procedure"], steps, path))
            elif "value" in entry:
                found.append(self.value(name, points, entry, path))
            else:
                found.append(self.gradient(name, points, entry, steps, path))
                try:
                    self.updates.given(name, found[-1].dimensions)
                except ProgramError as error:
                    raise self.fail(f"{name}: {error}", *path) from None
        return tuple(found)

    def gradient(
        self, name: str, points: float, entry: Mapping[str, Any], steps: tuple[str, ...], path: tuple[str, ...]
    ) -> Gradient:
        of = self.expect(entry.get("of", steps[-1]), str, "what is differentiated", *path, "of")
        wrt = self.expect(entry.get("wrt", name.removeprefix("d")), str, "a name", *path, "wrt")
        if wrt not in self.program.names or wrt in self.program.dimensions:
            raise self.fail(f"{name}: `{wrt}` is neither an input nor a step of the forward pass", *path, "wrt")
        node = self.program.names[wrt]
        if wrt in self.constants:
            raise self.fail(f"{name}: no gradient is asked of the constant `{wrt}`", *path, "wrt")
        if wrt in self.classes:
            raise self.fail(f"{name}: no gradient is asked of `{wrt}`, which counts classes", *path, "wrt")
        try:
            objective = self.program.add(of)
        except ProgramError as error:
            raise self.fail(f"{name}: {error}", *path, "of") from None
        if shape := self.program.nodes[objective].shape:
            raise self.fail(f"{name}: `{of}` is not a scalar: it has shape {written(shape)}", *path, "of")
        if node not in self.program.ancestors(objective) or node == objective:
            raise self.fail(f"{name}: `{of}` does not depend on `{wrt}`", *path, "wrt")
        return Gradient(name, points, of, wrt, objective, node, self.program.nodes[node].shape)

    def procedure(
        self, name: str, points: float, entry: Any, steps: tuple[str, ...], path: tuple[str, ...]
    ) -> Procedure:
        path = (*path, "procedure")
        data = self.only(entry, {"of", "wrt", "steps", "order"}, "of, wrt, steps and order", *path)
        asked = self.gradient(name, points, {"wrt": "", **data}, steps, path)
        if not isinstance(self.program.nodes[asked.node], Input):
            raise self.fail("a procedure is asked by an input: it is called with a function of those", *path, "wrt")
        h = self.expect(data.get("steps", []), list, "a list of steps", *path, "steps")
        if not all(isinstance(s, (int, float)) and 1e-12 <= s <= 1 for s in h) or sorted(h, reverse=True) != h:
            raise self.fail("steps are numbers from 1 down to 1e-12, the largest first", *path, "steps")
        order = data.get("order", 1)
        if order not in (1, 2):
            raise self.fail("the order is 1 or 2", *path, "order")
        count = [len(h)] if h else []
        body = self.body(asked.of, steps, *path)
        return Procedure(
            name, points, asked.of, asked.wrt, asked.objective, asked.node, tuple(map(float, h)), order, body,
            (*count, *asked.dimensions),
        )  # fmt: skip

    def body(self, text: str, steps: tuple[str, ...], *path: str) -> str:
        """`text` as NumPy code over inputs and dimensions only. Raises ExerciseError where that is too long, or nested
        too deep for Python."""
        tree = put(parse(text, self.program.names, functions=self.program.functions), self.spelled_out(steps))
        refusal = self.fail(
            f"`{text}` written out over inputs, with every step in its place as often as it is used, has more than "
            f"{MAX_GATES} gates or is nested too deep: ask for less, or use fewer steps more than once",
            *path, "of",
        )  # fmt: skip
        if gates_of(tree) > MAX_GATES or depth_of(tree) > 2 * MAX_DEPTH:
            raise refusal
        body = written_out(tree, numpy=True)
        try:
            python_tree(body)
        except (SyntaxError, RecursionError, MemoryError):
            raise refusal from None
        return body

    def spelled_out(self, steps: tuple[str, ...]) -> dict[str, Expression]:
        """What each step is computed from, over inputs and dimensions only. Steps share what they have in common, so
        that this is put together in no time whatever comes of it: it must not be walked before `gates_of` and
        `depth_of` were asked."""
        if not self.from_inputs:
            lines = (line.split("#", 1)[0] for line in self.document.data["forward"].splitlines())
            definitions = dict(filter(None, map(parse_statement, lines)))
            for step in steps:
                definition = parse(definitions[step], self.program.names, functions=self.program.functions)
                tree = self.from_inputs[step] = put(definition, self.from_inputs)
                gates_of(tree), depth_of(tree)  # kept with the tree, so that nobody has to go deep for them
        return self.from_inputs

    def value(self, name: str, points: float, entry: Mapping[str, Any], path: tuple[str, ...]) -> Value:
        expression = str(entry["value"])
        try:
            node = self.updates.add(expression)
        except ProgramError as error:
            raise self.fail(f"{name}: {error}", *path, "value") from None
        own = self.expect(entry.get("own", False), bool, "true or false", *path, "own")
        if name not in self.updates.names:
            self.updates.names[name] = node  # a later step may go on from it
        return Value(name, points, expression, own, node, self.updates.nodes[node].shape)

    def random(self, name: str, points: float, entry: Mapping[str, Any], path: tuple[str, ...]) -> Random:
        path = (*path, "random")
        data = self.only(entry["random"], {"mean", "std", "at", "like"}, "mean, std, at and like", *path)
        at = self.only(data.get("at", {}), set(self.program.dimensions), "sizes", *path, "at")
        like = self.expect(data.get("like"), str, "`like`, the input whose shape the start has,", *path, "like")
        if like not in self.program.names:
            raise self.fail(f"`{like}` is not an input", *path, "like")
        for letter, size in at.items():
            if type(size) is not int or not 2 <= size <= 1000:
                raise self.fail("a size from 2 to 1000 is expected", *path, "at", letter)
        shape = self.program.nodes[self.program.names[like]].shape
        if lacking := [d for d in shape if isinstance(d, str) and d not in at]:
            raise self.fail(f"`at` gives no size for {lacking[0]}", *path, "at")
        mean, std = (self.moment(str(data.get(key, 0)), at, *path, key) for key in ("mean", "std"))
        if std < 0:
            raise self.fail(f"a standard deviation is not negative, and this is {std:.3g}", *path, "std")
        return Random(name, points, mean, std, at, like, shape)

    def moment(self, text: str, at: Mapping[str, int], *path: str) -> float:
        """The number that `text` gives at the sizes `at`, in float64: Python's own integers may grow without end."""
        program = Program()
        for dimension in at:
            program.dimension(dimension)
        try:
            node = program.add(text)
        except ProgramError as error:
            raise self.fail(str(error), *path) from None
        if any(n.shape for n in program.nodes):
            raise self.fail(f"`{text}` is not computed from numbers alone", *path)
        number = float(program.forward({letter: np.float64(size) for letter, size in at.items()})[node])
        if not abs(number) < inf:
            raise self.fail(f"`{text}` is not a finite number at the sizes of `at`: change it, or the sizes", *path)
        return number

    def labelled(self) -> None:
        """Labels, which are counted with, come of classes and numbers alone."""
        for node in self.program.nodes:
            if isinstance(node, Operation) and node.gate.name in ("take", "one_hot"):
                labels = self.program.ancestors(node.inputs[1 if node.gate.name == "take" else 0])
                for name in (given.name for i in sorted(labels) if isinstance(given := self.program.nodes[i], Input)):
                    if name is not None and name not in self.classes and name not in self.program.dimensions:
                        reason = f"{node.gate.name}: labels come of inputs drawn as classes(n), and `{name}` is not one"
                        raise self.fail(reason, "forward")

    def all_used(self, inputs: tuple[Given, ...], asks: tuple[Asked, ...]) -> None:
        used: set[int] = set()
        for ask in asks:
            if isinstance(ask, (Gradient, Procedure)):
                used |= self.program.ancestors(ask.objective)
            if isinstance(ask, Random):
                used.add(self.program.names[ask.like])
        values = [ask.node for ask in asks if isinstance(ask, Value)]
        later = {node.name for v in values for i in self.updates.ancestors(v)
                 if isinstance(node := self.updates.nodes[i], Input)}  # fmt: skip
        for given in inputs:
            if self.program.names[given.name] not in used and given.name not in later:
                raise self.fail(f"`{given.name}` is used by nothing that is asked", "inputs", given.name)

    def modules(self, data: Any) -> tuple[str, ...]:
        """Names of the modules that a course hands out."""
        names = self.expect(data, list, "a list of modules", "modules")
        for i, name in enumerate(names):
            if not isinstance(name, str) or name not in sources():
                raise self.fail(f"`{name}` is not provided; there are: {', '.join(sources())}", "modules", i)
        return tuple(names)

    def usual_interfaces(self, asks: tuple[Asked, ...]) -> list[Any]:
        """A script, a function, and for scalar circuits a class of numbers."""
        gradients = {ask.name: (ask.objective, ask.node) for ask in asks if isinstance(ask, Gradient)}
        values = ["value"] if value_interface(self.program, gradients) else []
        return ["script", {"function": "backward"}, *values]

    def interfaces(
        self, data: Any, inputs: tuple[Given, ...], steps: tuple[str, ...], asks: tuple[Asked, ...]
    ) -> tuple[Interface, ...]:
        entries = self.expect(data, list, "a list of interfaces", "interfaces")
        if not 1 <= len(entries) <= 12:
            raise self.fail("from 1 to 12 interfaces", "interfaces")
        arrays = [s for s in steps if self.program.nodes[self.program.names[s]].shape]
        packs = {"parameters": [g.name for g in inputs if g.parameter], "cache": arrays}
        accepted = {ask.name: self.names_accepted(ask, steps) for ask in asks}
        gradients = {ask.name: (ask.objective, ask.node) for ask in asks if isinstance(ask, Gradient)}
        whole = {given.name for given in inputs if given.draw.whole}
        procedures = {
            ask.name: {
                "f": {"argument": ask.wrt, "body": ask.body}, "x": ask.wrt, "h": list(ask.steps) or None,
                "integer": ask.wrt in whole,
            } for ask in asks if isinstance(ask, Procedure)
        }  # fmt: skip
        found: list[Interface] = []
        for i, entry in enumerate(entries):
            try:
                mine = {name: accepted[name] for name in self.asked_through(entry, asks)}
                found.append(
                    read_interface(
                        entry, [*self.program.names], [g.name for g in inputs], packs, mine,
                        program=self.program, gradients=gradients, procedures=procedures,
                    )
                )  # fmt: skip
            except InterfaceError as error:
                raise self.fail(str(error), "interfaces", i) from None
        if lost := set(accepted) - {ask for interface in found for ask in interface.asks}:
            raise self.fail(f"no interface takes `{min(lost)}`", "interfaces")
        return tuple(found)

    def asked_through(self, entry: Any, asks: tuple[Asked, ...]) -> list[str]:
        """What an interface may ask: procedures have their own, and random starts need one that begins anew."""
        form = entry if isinstance(entry, dict) else {}
        if "procedure" in form:
            return [ask.name for ask in asks if isinstance(ask, Procedure)]
        starts = "class" in form or form.get("start")
        left_out = (Procedure,) if starts else (Procedure, Random)
        return [ask.name for ask in asks if not isinstance(ask, left_out)]

    def names_accepted(self, ask: Asked, steps: tuple[str, ...]) -> list[str]:
        """The names under which a student may answer: dx, dfdx, df_dx, grad_x …"""
        if not isinstance(ask, Gradient):
            return [ask.name]
        objectives = {n for n, i in self.program.names.items() if i == ask.objective} | {"L", "J", "E", steps[-1]}
        forms = [
            "d{x}",
            "d_{x}",
            "grad_{x}",
            *(form for o in sorted(objectives) for form in (f"d{o}d{{x}}", f"d{o}_d{{x}}")),
        ]
        return [ask.name, *(n for n in (form.format(x=ask.wrt) for form in forms) if n != ask.name)]


def _samples(sizes: Mapping[str, int], inputs: tuple[Given, ...]) -> str | None:
    """The dimension that counts samples: the only one in no parameter's shape, where there are parameters."""
    in_parameters = {d for given in inputs if given.parameter for d in given.dimensions}
    free = [d for d in sizes if d not in in_parameters]
    return free[0] if in_parameters and len(free) == 1 else None
