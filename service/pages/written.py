"""Forms and what is stored, put into each other: times on the clocks of the course, parts as percent, and empty fields
for what is left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from grader import STATED_LIMITS, Exercise
from service.models import Assignment, Extension
from service.pages.words import COSTS

_TIMES = ("release_at", "due_at", "late_until")
_CHOICES = ("counts", "shown_before", "shown_after", "practice")
_LOCAL = "%Y-%m-%dT%H:%M"


def course(form: Mapping[str, str]) -> dict[str, Any]:
    """What the form says, as JSON would."""
    typed = {name: form[name].strip() for name in STATED_LIMITS if form.get(name, "").strip()}
    limits = {name: text if name == "wall_seconds" else _whole(text) for name, text in typed.items()}
    given = {"title": form.get("title", ""), "zone": form.get("zone", ""), "limits": limits or None}
    return {**given, "archived": "archived" in form}


def assignment(form: MultiDict[str, str], zone: str, stored: Assignment | None = None) -> dict[str, Any]:
    """What the form says, as JSON would. A time that was not touched stays to the second what is `stored`."""
    given: dict[str, Any] = {name: form.get(name, "") for name in _CHOICES}
    if title := form.get("title", "").strip():
        given["title"] = title
    elif stored is not None:
        given["title"] = ""
    given |= {name: time(form.get(name, ""), zone, getattr(stored, name, None)) for name in _TIMES}
    given["points"] = form.get("points", "").strip()
    given["variants"] = "variants" in form
    given["max_attempts"] = _whole(form.get("max_attempts", ""))
    cool_down = _whole(form.get("cool_down", ""))
    given["cool_down"] = 0 if cool_down is None else cool_down
    given["late_policy"] = _late_policy(form)
    given["policy"] = _policy(form) or None
    offered, taken = form.getlist("offered"), form.getlist("interfaces")
    given["interfaces"] = None if set(taken) == set(offered) else taken
    return given


def copy(form: Mapping[str, str]) -> dict[str, Any]:
    """What the form says, as JSON would."""
    return {name: _whole(form.get(name, "")) for name in ("course", "days")}


def extension(form: MultiDict[str, str], zone: str) -> dict[str, Any]:
    """What the form says, as JSON would."""
    more = _whole(form.get("more_attempts", ""))
    return {
        "due_at": time(form.get("due_at", ""), zone),
        "late_until": time(form.get("late_until", ""), zone),
        "more_attempts": 0 if more is None else more,
        "comment": form.get("comment", "").replace("\r\n", "\n").strip(),
    }


def time(text: str, zone: str, stored: datetime | None = None) -> str | None:
    """A time on the zone's clocks as an instant; of two (clocks are put back) the first, of none (they are put
    forward) as it is, which the schema refuses."""
    text = text.strip()
    if not text:
        return None
    if stored is not None and text == local(stored, zone):
        return stored.isoformat()
    try:
        on_clocks = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
        instant = on_clocks.astimezone(UTC)
    except (ValueError, OverflowError):
        return text
    there = instant.astimezone(on_clocks.tzinfo).replace(tzinfo=None) == on_clocks.replace(tzinfo=None)
    return instant.isoformat() if there else text


def on_no_clock(time: object) -> bool:
    """Whether this is what `time` makes of a time that the zone's clocks skip."""
    try:
        return isinstance(time, str) and datetime.fromisoformat(time).tzinfo is None
    except ValueError:
        return False


def local(at: datetime | None, zone: str) -> str:
    """A time as the form's fields take it, on the zone's clocks."""
    return "" if at is None else at.astimezone(ZoneInfo(zone)).strftime(_LOCAL)


def typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """What was typed, to be shown again."""
    return {**form.to_dict(), "interfaces": form.getlist("interfaces")}


def shown_new(exercise: Exercise) -> dict[str, Any]:
    """The form of an assignment to be made."""
    return {"points": f"{exercise.max_score:g}", "interfaces": exercise.ways, "counts": "best"}


def shown(stored: Assignment, zone: str) -> dict[str, Any]:
    """The form of a stored assignment."""
    filled: dict[str, Any] = {name: getattr(stored, name) for name in ("title", "variants", *_CHOICES)}
    filled |= {name: local(getattr(stored, name), zone) for name in _TIMES}
    filled["points"] = f"{stored.points:g}"
    filled["max_attempts"] = "" if stored.max_attempts is None else str(stored.max_attempts)
    filled["cool_down"] = str(stored.cool_down or "")
    filled["interfaces"] = stored.interfaces
    if stored.late_policy:
        filled |= {"late_lost": _percent(stored.late_policy["lost"]), "late_per": stored.late_policy["per"]}
    for name, cost in (stored.policy or {}).items():
        filled[f"policy-{name}"] = cost if name == "follow_through" else _percent(cost)
    return filled


def shown_extension(stored: Extension | None, zone: str) -> dict[str, str]:
    """The form of a stored extension, or of one to be given."""
    if stored is None:
        return {}
    return {
        "due_at": local(stored.due_at, zone),
        "late_until": local(stored.late_until, zone),
        "more_attempts": str(stored.more_attempts or ""),
        "comment": stored.comment,
    }


def _whole(text: str) -> int | str | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text or None


def _part(text: str) -> float | str:
    """A part told in percent; what is no number stays for the schema to refuse."""
    try:
        return round(float(text.strip()) / 100, 9)
    except ValueError:
        return text


def _percent(part: float) -> str:
    return f"{round(100 * part, 7):g}"


def _late_policy(form: MultiDict[str, str]) -> dict[str, Any] | None:
    lost = form.get("late_lost", "").strip()
    return {"lost": _part(lost), "per": form.get("late_per", "")} if lost else None


def _policy(form: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {name: form.get(f"policy-{name}", "").strip() for name in COSTS}
    policy: dict[str, Any] = {name: _part(text) for name, text in given.items() if text}
    if marks := form.get("policy-follow_through", ""):
        policy["follow_through"] = marks
    return policy
