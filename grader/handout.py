"""What a student is given for an exercise: the task in words, and a skeleton to fill in, as a file or a notebook.

All of it is derived: the forward pass as NumPy code, the shapes, the worked example's numbers, the signatures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from grader.exercise import Asked, Exercise, Gradient, Procedure, Random, Value
from grader.expressions import parse, parse_statement, written_out
from grader.interface import Interface
from grader.messages import in_words
from grader.trials import worked_example


def markdown(exercise: Exercise, language: str = "en") -> str:
    """The task: what is given, the forward pass, what is asked in which shape, how to hand it in."""

    def say(code: str, **parameters: object) -> str:
        return in_words(f"handout_{code}", parameters, language)

    lines = [f"# {exercise.title_in(language)}", "", f"## {say('given')}", ""]
    lines += [f"- `{given.name}` {given.symbolic_shape}" for given in exercise.inputs]
    if exercise.dimensions:
        sizes = ", ".join(f"{letter} = {size}" for letter, size in exercise.dimensions.items())
        lines += ["", say("sizes", sizes=sizes)]
    lines += ["", f"## {say('forward')}", "", "```python", *forward_code(exercise), "```", ""]
    lines += [f"## {say('asked')}", ""]
    lines += [
        f"- `{a.name}` {a.symbolic_shape}: {_asked(a, language)} ({in_points(a.points, language)})"
        for a in exercise.asks
    ]
    lines += ["", f"## {say('hand_in')}", ""]
    lines += [f"- {interface.describe(language)}" for interface in exercise.interfaces]
    return "\n".join(lines) + "\n"


def in_points(points: float, language: str = "en") -> str:
    """So many points, in words: 1 point, 2.5 points."""
    return in_words("handout_point" if points == 1 else "handout_points", {"points": f"{points:g}"}, language)


def skeleton(exercise: Exercise, language: str = "en") -> str:
    """A Python file with the worked example, the forward pass, and the first interface to fill in."""
    return "\n\n".join(_cells(exercise, language)) + "\n"


def notebook(exercise: Exercise, language: str = "en") -> str:
    """The same as a Jupyter notebook, the task in words in its first cell."""
    cells: list[dict[str, object]] = [{"cell_type": "markdown", "metadata": {}, "source": markdown(exercise, language)}]
    for source in _cells(exercise, language):
        cells.append({"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source})
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    document = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def forward_code(exercise: Exercise) -> list[str]:
    """The forward pass as NumPy statements."""
    known = [*exercise.dimensions, *(given.name for given in exercise.inputs), *exercise.chosen]
    code = []
    for line in exercise.forward.splitlines():
        sides = parse_statement(line.split("#", 1)[0])
        if sides:
            code.append(f"{sides[0]} = {written_out(parse(sides[1], known), numpy=True)}")
            known.append(sides[0])
    return code


def _asked(ask: Asked, language: str) -> str:
    match ask:
        case Gradient() | Procedure():
            return in_words("handout_gradient", {"of": ask.of, "wrt": ask.wrt}, language)
        case Value():
            return in_words("handout_value", {"expression": f"`{ask.expression}`"}, language)
        case Random():
            at = ", ".join(f"{letter} = {size}" for letter, size in ask.at.items())
            moments = {"mean": f"{ask.mean:.3g}", "std": f"{ask.std:.3g}", "at": at}
            return in_words("handout_random", moments, language)


def _cells(exercise: Exercise, language: str) -> Iterator[str]:
    trial = worked_example(exercise)
    numbers = [f"{letter} = {size}" for letter, size in exercise.dimensions.items()]
    for given in exercise.inputs:
        value = trial.values[given.name]
        if given.draw.kind == "classes":
            value = np.asarray(value).astype(int)
        numbers.append(f"{given.name} = {_literal(value)}")
    example = in_words("handout_example", {}, language)
    forward = in_words("handout_forward", {}, language)
    yield "import numpy as np"
    yield "\n".join([f"# {example}", *numbers])
    yield "\n".join([f"# {forward}", *forward_code(exercise)])
    yield _to_fill_in(exercise, exercise.interfaces[0], language)


def _literal(value: object) -> str:
    array = np.asarray(value)
    if not array.ndim:
        return f"{array.item():g}" if float(f"{array.item():g}") == array.item() else repr(array.item())
    return f"np.array({array.tolist()!r})"


def _to_fill_in(exercise: Exercise, interface: Interface, language: str) -> str:
    """Code that already fits the interface, with `None` for every answer."""
    fill = in_words("handout_fill", {}, language)
    asks = [exercise.ask(name) for name in interface.asks]
    spec = interface.spec
    if spec["kind"] == "script":
        return "\n".join(f"{ask.name} = None  # {fill}: {ask.symbolic_shape}" for ask in asks)
    if spec["kind"] == "class":
        return _class(spec, {ask.name: ask for ask in asks}, fill)
    arguments = [a["name"] if isinstance(a, Mapping) else a for a in spec["arguments"]]
    lines = [f"def {spec['function']}({', '.join(arguments)}):"]
    if spec["kind"] == "procedure":
        return "\n".join([*lines, f"    return None  # {fill}"])
    for argument in spec["arguments"]:
        if isinstance(argument["pattern"], dict):
            lines += [f'    {key} = {argument["name"]}["{key}"]' for key in argument["pattern"]]
    lines += [f"    {ask.name} = None  # {fill}: {ask.symbolic_shape}" for ask in asks]
    return "\n".join([*lines, f"    return {_returned(spec['returns'])}"])


def _returned(pattern: object) -> str:
    if isinstance(pattern, list) and all(isinstance(p, str) for p in pattern):
        return "{" + ", ".join(f'"{p}": {p}' for p in pattern) + "}"
    if isinstance(pattern, list):
        return ", ".join(_returned(p) for p in pattern)
    if isinstance(pattern, dict):
        return "{" + ", ".join(f'"{key}": {_returned(p)}' for key, p in pattern.items()) + "}"
    return str(pattern)


def _class(spec: Mapping[str, Any], asks: Mapping[str, Asked], fill: str) -> str:
    """The class with its methods; attributes are set by the method that a reader expects to set them."""

    def attributes(read: Mapping[str, str]) -> list[str]:
        lines = [f"        self.{name} = None  # {fill}: {asks[ask].symbolic_shape}" for name, ask in read.items()]
        return lines or ["        pass"]

    kept = {*spec["start"], *spec["state"]}  # the parameters: set at the start, and by the last method, the update
    gradients = {name: ask for name, ask in spec["read"].items() if name not in kept}
    updated = {name: ask for name, ask in spec["read"].items() if name in kept}
    lines = [f"class {spec['class']}:", f"    def __init__({', '.join(['self', *map(str, spec['construct'])])}):"]
    lines += attributes(spec["start"])
    for call in spec["calls"]:
        arguments = [a if isinstance(a, str) else f"value={a}" for a in call["arguments"]]
        arguments += [f"{key}=None" for key in call.get("keywords") or {}]
        lines += ["", f"    def {call['method']}({', '.join(['self', *arguments])}):"]
        if call["returns"] is not None:
            returned = _returned(call["returns"])
            for ask in (a for name, a in asks.items() if re.search(rf"\b{name}\b", returned)):
                lines.append(f"        {ask.name} = None  # {fill}: {ask.symbolic_shape}")
            lines.append(f"        return {returned}")
        elif call["method"] == "backward":
            lines += attributes(gradients)
        else:
            lines += attributes(updated)
    return "\n".join(lines)
