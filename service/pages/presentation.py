"""What the templates use: how numbers, shapes, sentences and verdicts are shown."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Flask, g, request
from flask_babel import LazyString, format_timedelta, gettext, lazy_gettext
from markupsafe import Markup, escape
from sqlalchemy import select

from grader import catalogue, in_words, name_of, typeset_again
from service.accounts import one_line
from service.authentication import signed_in
from service.database import reading
from service.language import preferred_language
from service.models import Course, now
from service.pages.heat import BANDS, heat
from service.pages.words import CHOICES, COSTS, FIELDS, ROLES

_CODE = re.compile(r"`([^`]+)`")
_CONTROLS = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: "\u2421"}
_DIRECTIONS = {
    code: f"[U+{code:04X}]" for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_MATH = re.compile(r"</?math[^>]*>")
LARGEST_DRAWN = 24


class Look(NamedTuple):
    """How a verdict is shown: its tone (a class of the style sheet), its sign (an icon), and its word."""

    tone: str
    sign: str
    word: LazyString


GRADIENTS: Mapping[str, Look] = {
    "match": Look("right", "tick", lazy_gettext("Right")),
    "mismatch": Look("wrong", "cross", lazy_gettext("Wrong value")),
    "follow_through": Look("carried", "arrow", lazy_gettext("Right, given an earlier answer")),
    "wrong_shape": Look("wrong", "cross", lazy_gettext("Wrong shape")),
    "missing": Look("wrong", "gap", lazy_gettext("Not answered")),
    "not_array": Look("wrong", "cross", lazy_gettext("Not a number or array")),
    "not_real": Look("wrong", "cross", lazy_gettext("Not real numbers")),
    "not_finite": Look("wrong", "cross", lazy_gettext("Not finite")),
    "undecided": Look("open", "question", lazy_gettext("Undecided")),
}

SUBMISSIONS: Mapping[str, Look] = {
    "match": Look("right", "tick", lazy_gettext("All right")),
    "mismatch": Look("wrong", "cross", lazy_gettext("Not yet right")),
    "not_run": Look("carried", "stop", lazy_gettext("Did not run")),
    "needs_review": Look("open", "question", lazy_gettext("To be reviewed")),
    "ungraded": Look("open", "stop", lazy_gettext("Not graded: our fault")),
    "waiting": Look("open", "clock", lazy_gettext("Waiting")),
    "hidden": Look("open", "tick", lazy_gettext("Graded: shown later")),
}


def register(app: Flask) -> None:
    """Filters and names for all templates of `app`."""
    app.jinja_env.filters.update(
        number=number,
        error=error,
        points=points,
        index=index,
        size=size,
        sentence=sentence,
        visible=visible,
        formula=formula,
        in_zone=in_zone,
        from_now=from_now,
        duration=duration,
        percent=percent,
        complaints=complaints,
        day_of=day_of,
    )
    app.jinja_env.globals.update(
        gradient_look=GRADIENTS.__getitem__,
        role_word=ROLES.__getitem__,
        field_word=FIELDS.__getitem__,
        submission_look=lambda verdict: SUBMISSIONS[verdict or "waiting"],
        exercise_title=exercise_title,
        gate_rule=lambda gate: in_words(f"gate_{gate}", {}, preferred_language()),
        mistake_name=lambda code: name_of(code, preferred_language()),
        drawing=drawing,
        asked_formula=asked_formula,
        set_forward=set_forward,
        heat=heat,
        bands=BANDS,
        differing=differing,
        sizes=sizes,
        own_zone=own_zone,
        choices=CHOICES,
        costs=COSTS,
    )

    @app.context_processor
    def _everywhere() -> dict[str, Any]:
        language = preferred_language()
        return {
            "language": language,
            "space": "" if language == "ja" else " ",  # between sentences
            "languages": {"en": "English", "ja": "日本語"},
            "me": signed_in(),
            "here": request.full_path if request.query_string else request.path,
        }


def exercise_title(name: str, given: str | None = None) -> str:
    """The exercise's title in the page's language, unless the assignment was given one of its own."""
    exercise = catalogue().get(name)
    if exercise is None or (given and given not in exercise.title.values()):
        return given or name
    return exercise.title_in(preferred_language())


def formula(understood: str, name: str = "", arrays: object = False) -> Markup | None:
    """What an answer in symbols, of `arrays` or not, was understood as, typeset; None where it cannot be."""
    set_ = typeset_again(understood, name, bool(arrays))
    return None if set_ is None else Markup(set_)


def asked_formula(of: str, wrt: str) -> Markup:
    """What an asked gradient is, typeset: ∂J/∂W1; of an objective that has no name, ∂/∂W1 before it."""
    below, above = (typeset_again(text, "", arrays=True) for text in (wrt, of))
    if below is None or above is None:
        return Markup("<code>∂ {} / ∂ {}</code>").format(of, wrt)
    inner_below, inner_above = (Markup(_MATH.sub("", text)) for text in (below, above))
    named = of.isidentifier()
    return Markup(
        '<math displaystyle="true"><mfrac><mrow><mi>∂</mi>{}</mrow><mrow><mi>∂</mi>{}</mrow></mfrac>{}</math>'
    ).format(inner_above if named else "", inner_below, "" if named else inner_above)


def set_forward(forward: str, arrays: bool = True) -> list[Markup] | None:
    """The lines of a forward pass, typeset; None where one of them cannot be."""
    lines = (line.partition("#")[0].partition("=") for line in forward.strip().splitlines())
    formulas = [formula(right.strip(), left.strip(), arrays) for left, _, right in lines if right.strip()]
    return None if None in formulas else [line for line in formulas if line is not None]


def number(value: float | str | None, digits: int = 6) -> str:
    """A value as students write it: 0.5, -12, 2.5e-09, nan; an en dash where there is none."""
    return "–" if value is None else f"{float(value):.{digits}g}"


def differing(entry: Mapping[str, Any], least: int = 6, most: int = 12) -> int:
    """How many digits it takes to see that the entry's candidate is not the exact value, where that can be seen."""
    candidate, exact = float(entry["candidate"]), float(entry["exact"])
    seen = (digits for digits in range(least, most + 1) if number(candidate, digits) != number(exact, digits))
    return next(seen, least)


def error(value: float | str | None) -> str:
    """A relative error, to two digits."""
    if value is None:
        return "–"
    exact = float(value)
    return "∞" if math.isinf(exact) else f"{exact:.2g}"


def points(value: float | None) -> str:
    """Points: 2, 1.5, 0.33."""
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def in_zone(at: datetime, zone: str) -> str:
    """A time on the clocks of that zone: 2026-03-29 23:59 CEST."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z")


def own_zone() -> str | None:
    """The zone of the reader's courses, where they have one in common: for what belongs to no course."""
    if "own_zone" not in g:
        me = signed_in()
        zones_of = select(Course.zone).where(~Course.archived)
        with reading() as session:
            zones = set(session.scalars(zones_of.where(Course.id.in_(me.roles)))) if me else set()
        g.own_zone = zones.pop() if len(zones) == 1 else None
    zone: str | None = g.own_zone
    return zone


def day_of(at: datetime, zone: str) -> str:
    """The day of the month on the clocks of that zone."""
    return str(at.astimezone(ZoneInfo(zone)).day)


def from_now(at: datetime) -> str:
    """How far away a time is, in words: in 3 days, 2 hours ago."""
    return str(format_timedelta(at - now(), add_direction=True, threshold=2))


def duration(seconds: int) -> str:
    """So many seconds, in words: 90 seconds, 10 minutes."""
    return str(format_timedelta(timedelta(seconds=seconds), threshold=2))


def percent(part: float) -> str:
    """A part of a whole: 90%, 33.3%."""
    return f"{round(100 * part, 1):g}%"


def complaints(wrong: Any) -> list[str]:
    """What is wrong with a field and its parts, in the reader's language."""
    if isinstance(wrong, Mapping):
        return [message for part in wrong.values() for message in complaints(part)]
    return list(dict.fromkeys(gettext(message) for message in wrong or ()))


def index(name: str, place: Sequence[int]) -> str:
    """An entry's name: dW1[0, 1]; that of a scalar is its own."""
    return f"{name}[{', '.join(map(str, place))}]" if place else name


def sizes(dimensions: Mapping[str, int]) -> str:
    """Sizes by letter: m = 200, n = 300."""
    return ", ".join(f"{letter} = {count}" for letter, count in dimensions.items())


def size(shape: Sequence[int] | None) -> str:
    """A shape as NumPy writes it: (4, 2), (3,), ()."""
    return "–" if shape is None else str(tuple(shape))


def sentence(text: str) -> Markup:
    """A message, with what stands in backquotes set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(visible(text)))))


def visible(text: str) -> str:
    """Text with its control characters, and those that turn the direction of writing, made visible."""
    return text.translate(_CONTROLS).translate(_DIRECTIONS)


class Drawing(NamedTuple):
    """A shape as a grid of cells: x and y of each, and the width and height of all."""

    cells: list[tuple[int, int]]
    width: int
    height: int


def drawing(shape: Sequence[int] | None, cell: int = 13) -> Drawing | None:
    """The grid of a shape of rank 1 or 2, to see at a glance that it lies on its side; None where it would be too
    large to help, or is one entry."""
    if shape is None or not 1 <= len(shape) <= 2 or max(shape) == 1 or not all(1 <= n <= LARGEST_DRAWN for n in shape):
        return None
    rows, columns = (1, shape[0]) if len(shape) == 1 else (shape[0], shape[1])
    cells = [(column * cell + 1, row * cell + 1) for row in range(rows) for column in range(columns)]
    return Drawing(cells, columns * cell + 1, rows * cell + 1)


def looked_for(name: str) -> str:
    """What this request looks for: its argument `name`, on one line."""
    return one_line(request.args.get(name, "").replace("\0", ""))[:100]


def page_number() -> int:
    """Which page of a list this request asks for."""
    return min(max(whole(request.args.get("page", "")) or 1, 1), 1_000_000)


def page_count(total: int, per_page: int) -> int:
    """How many pages a list has: one at least."""
    return max(1, math.ceil(total / per_page))


def whole(text: str) -> int | None:
    """The number that stands in an address; None where there is none, or none that a database could hold."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
