"""What the pages draw: an exercise's diagram with the values of the worked example, and of the gradients only what a
report shows anyhow, or what the student found; and the entries whose numerical check can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from flask import url_for
from flask_babel import gettext

from grader import Diagram, Element, Exercise, GradientReport, Report, TrialError, diagram
from service.curves import Entry
from service.pages.presentation import GRADIENTS, Look, index, number

LARGEST_WRITTEN = 48
"""How many entries of an array are written out."""
DIGITS = 4


class Quantity(NamedTuple):
    """A value or gradient: in short, and where it is a small array all of its entries, row by row."""

    text: str
    rows: list[list[str]] | None = None


class Line(NamedTuple):
    """An element with what is shown of it; None for what there is not."""

    element: Element
    value: Quantity
    gradient_name: str
    gradient: Quantity | None
    look: Look | None


UNKNOWN = Quantity("?")


def circuit(exercise: Exercise | None, report: Report | None = None, partly: bool = False) -> list[Line]:
    """What is shown of the exercise's diagram, in forward order; nothing where it has none. Without a report no
    gradients but the 1 where the backward pass begins; `partly` with the report's verdicts only."""
    try:
        drawn = diagram(exercise) if exercise is not None else None
    except TrialError:  # its numbers cannot be drawn: no reason to keep anybody from handing in
        drawn = None
    return list(_lines(drawn, report, partly)) if drawn else []


def gates(shown: list[Line]) -> list[str]:
    """The gates in the diagram, each once."""
    return list(dict.fromkeys(gate for line in shown for gate in line.element.gates))


def checks(entries: Sequence[Entry], endpoint: str, **whose: Any) -> list[dict[str, str]]:
    """The entries whose numerical check can be seen, by name, and the address where the API has it."""
    return [
        {
            "entry": index(entry.name, entry.index),
            "address": url_for(endpoint, gradient=entry.name, entry=entry.place, **whose),
        }
        for entry in entries
    ]


def _lines(drawn: Diagram, report: Report | None, partly: bool) -> Iterator[Line]:
    answers = {gradient.name: gradient for gradient in report.gradients} if report else {}
    hidden: set[int] = set()
    for element in drawn.elements:
        answer = answers.get(element.answer or "")
        asked_for = element.answer is not None and (partly or answer is None or answer.verdict != "match")
        if asked_for or hidden.intersection(element.inputs):  # what is computed from an answer would tell it
            hidden.add(element.node)
        value = UNKNOWN if element.node in hidden else quantity(element.value)
        gradient, look = None, None
        if element.node == drawn.objective:
            gradient = quantity(element.gradient)
        elif element.gradient is not None:
            gradient, look = _gradient(element, report, answers, partly)
        yield Line(element, value, _gradient_name(element), gradient, look)


def _gradient_name(element: Element) -> str:
    return element.asked or (f"∂{element.of}/∂{element.name}" if element.name else "")


def _gradient(
    element: Element, report: Report | None, answers: Mapping[str, GradientReport], partly: bool
) -> tuple[Quantity | None, Look | None]:
    """The student's gradient with its verdict. One that is not asked is shown once all that are asked are right."""
    if element.asked is None:
        right = report is not None and report.verdict == "match" and not partly
        return quantity(element.gradient) if right else None, None
    answer = answers.get(element.asked)
    if answer is None:
        return UNKNOWN, None
    if partly or (answer.verdict != "match" and not answer.worst):
        return UNKNOWN, GRADIENTS[answer.verdict]
    if answer.verdict == "match":
        return quantity(element.gradient), GRADIENTS["match"]
    return _wrong(answer), GRADIENTS[answer.verdict]


def _wrong(answer: GradientReport) -> Quantity:
    if len(answer.worst) < answer.entries:
        told = gettext("%(wrong)s of %(entries)s differ", wrong=answer.wrong_entries, entries=answer.entries)
        return Quantity(told if answer.wrong_entries else "…")
    candidate = np.empty(answer.shape.expected)
    for entry in answer.worst:
        candidate[entry.index] = entry.candidate
    return quantity(candidate)


def quantity(value: np.ndarray | None) -> Quantity:
    """A number, or the range of an array's entries."""
    if value is None:
        return UNKNOWN
    if value.size == 1:
        return Quantity(number(value.item(), DIGITS))
    text = f"{number(value.min(), 2)} … {number(value.max(), 2)}"
    if value.ndim > 2 or value.size > LARGEST_WRITTEN:
        return Quantity(text)
    return Quantity(text, [[number(entry, DIGITS) for entry in row] for row in np.atleast_2d(value)])
