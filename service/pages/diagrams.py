"""What the pages draw: an exercise's diagram with the values of the worked example, and beside a report that is wholly
shown, which tells exact values anyhow, with its gradients; and the entries whose numerical check can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    """An element with what is shown of it; None for what there is not. Its gradient is the student's where one was
    handed in, and then `exact` where that is not right; `swept` that of the diagram's objective, where what is asked
    is of another; `passed` is what it passes on to each input."""

    element: Element
    value: Quantity
    gradient_name: str
    gradient: Quantity | None
    exact: Quantity | None
    swept_name: str
    swept: Quantity | None
    passed: list[Quantity | None]
    look: Look | None


UNKNOWN = Quantity("?")


def circuit(exercise: Exercise | None, report: Report | None = None, partly: bool = False) -> list[Line]:
    """What is shown of the exercise's diagram, in forward order; nothing where it has none. Without a report no
    answers and no gradients but the 1 where the backward pass begins; `partly` with the report's verdicts only."""
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
    asked = {element.node for element in drawn.elements if element.asked}
    told = report is not None and not partly
    hidden: set[int] = set()
    for element in drawn.elements:
        if not told and (element.answer is not None or hidden.intersection(element.inputs)):
            hidden.add(element.node)  # what is computed from an answer would tell it
        answer = answers.get(element.asked or "")
        wrong = answer is not None and answer.verdict != "match"
        passed = zip(element.inputs, element.passed, strict=True)
        yield Line(
            element,
            value=UNKNOWN if element.node in hidden else quantity(element.value),
            gradient_name=_gradient_name(element),
            gradient=_gradient(element, answer, told or element.node == drawn.objective),
            exact=quantity(element.gradient) if told and wrong else None,
            swept_name=f"∂{drawn.of}/∂{element.name}" if element.swept is not None else "",
            swept=quantity(element.swept) if told and element.swept is not None else None,
            passed=[_open(quantity(share), told, i in asked) if share is not None else None for i, share in passed],
            look=GRADIENTS[answer.verdict] if answer else None,
        )


def _gradient_name(element: Element) -> str:
    return element.asked or (f"∂{element.of}/∂{element.name}" if element.name else "")


def _gradient(element: Element, answer: GradientReport | None, told: bool) -> Quantity | None:
    """The student's gradient; the exact one where they have it right, or were not asked for it."""
    if element.gradient is None:
        return None
    if answer is None or answer.verdict == "match":
        return _open(quantity(element.gradient), told, element.asked is not None)
    return _wrong(answer) if told and answer.worst else UNKNOWN


def _open(exact: Quantity, told: bool, asked: bool) -> Quantity | None:
    """What is seen of an exact gradient: that it is asked for, where it is not told."""
    return exact if told else UNKNOWN if asked else None


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
