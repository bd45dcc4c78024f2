"""What is written about courses, assignments and extensions, as schemas: the API's JSON and the pages' forms alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, validate

from grader import STATED_LIMITS
from service.deadlines import DAY, HOUR, ONCE
from service.language import _
from service.models import BEST, EVERYTHING, FULL, LAST, NONE, NOTHING, VERDICTS, WORKED
from service.prose import Prose

LONGEST_TITLE = 200
FIRST_TIME, LAST_TIME = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

_A_NUMBER = _("Give a number.")
_A_WHOLE_NUMBER = _("Give a whole number.")
_A_TIME = _("Give a time with its zone, as in 2026-04-01T23:59:00+09:00.")
_A_CHOICE = _("Choose one of what is offered.")
_NEEDED = _("This is needed.")
A_PART = _("Give a part of the whole: from 0 to 1, which is 100 percent.")
_TEXT = _("Write one line of at most 200 characters.")


def _messages(invalid: str) -> dict[str, Any]:
    return {"required": _NEEDED, "null": _NEEDED, "invalid": invalid, "too_large": invalid, "special": invalid}


def _printable(text: str) -> None:
    if not text.strip() or not text.isprintable():
        raise ValidationError(_TEXT)


def _known_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("Give the name of a time zone, as in Asia/Tokyo or Europe/Berlin."))


def _line(**more: Any) -> fields.String:
    length = validate.Length(1, LONGEST_TITLE, error=_TEXT)
    return fields.String(validate=[length, _printable], error_messages=_messages(_TEXT), **more)


def _time(**more: Any) -> fields.AwareDateTime:
    bounds = validate.Range(FIRST_TIME, LAST_TIME, error=_("Give a time between the years 2000 and 2200."))
    messages: dict[str, Any] = {**_messages(_A_TIME), "invalid_awareness": _A_TIME, "format": _A_TIME}
    return fields.AwareDateTime(
        format="iso", load_default=None, allow_none=True, validate=bounds, error_messages=messages, **more
    )


def _choice(*choices: str, default: str) -> fields.String:
    one_of = validate.OneOf(choices, error=_A_CHOICE)
    return fields.String(load_default=default, validate=one_of, error_messages=_messages(_A_CHOICE))


def _whole(least: float, most: float, said: str, **more: Any) -> fields.Integer:
    bounds = validate.Range(least, most, error=said)
    return fields.Integer(strict=True, validate=bounds, error_messages=_messages(_A_WHOLE_NUMBER), **more)


class LimitsFields(Schema):
    """What a run of a submission may use at most in a course; what is left out, or is more than the deployment allows,
    is the deployment's."""

    wall_seconds = fields.Float(
        validate=validate.Range(*STATED_LIMITS["wall_seconds"].bounds, error=_("Give a number from 0.1 to 20.")),
        error_messages=_messages(_A_NUMBER),
    )
    cpu_seconds = _whole(*STATED_LIMITS["cpu_seconds"].bounds, _("Give a whole number from 1 to 20."))
    memory_mib = _whole(*STATED_LIMITS["memory_mib"].bounds, _("Give a whole number from 200 to 4096."))
    output_kib = _whole(*STATED_LIMITS["output_kib"].bounds, _("Give a whole number from 1 to 64."))


class CourseFields(Schema):
    """A course: `zone` is the IANA name of the time zone that its times are shown in."""

    title = _line(required=True)
    zone = fields.String(
        load_default="UTC", validate=_known_zone, error_messages=_messages(_NEEDED), metadata={"example": "Asia/Tokyo"}
    )
    limits = fields.Nested(LimitsFields, load_default=None, allow_none=True)
    archived = fields.Boolean(
        load_default=False,
        error_messages=_messages(_A_CHOICE),
        metadata={"description": "Apart from the others on people's first page; nothing else is different."},
    )


class CourseChanges(CourseFields):
    """Those fields of a course that are to change."""

    def __init__(self, **named: Any) -> None:
        super().__init__(partial=tuple(self._declared_fields), **named)


class LatePolicyFields(Schema):
    """What a late submission loses: the part `lost` of its points for each day or hour begun, or once."""

    lost = fields.Float(required=True, validate=validate.Range(0, 1, error=A_PART), error_messages=_messages(_A_NUMBER))
    per = fields.String(
        required=True, validate=validate.OneOf((HOUR, DAY, ONCE), error=_A_CHOICE),
        error_messages=_messages(_A_CHOICE),
    )  # fmt: skip


class AssignmentFields(Schema):
    """An assignment as its instructor writes it; what is left out is as for most courses."""

    exercise = _line(required=True, metadata={"description": "Of the course's own, or of the catalogue."})
    title = _line(load_default="", metadata={"description": "Else the exercise's."})
    points = fields.Float(
        required=True,
        validate=validate.Range(0, 100_000, error=_("Give a number from 0 to 100000.")),
        error_messages=_messages(_A_NUMBER),
    )
    variants = fields.Boolean(load_default=False, error_messages=_messages(_A_CHOICE))
    release_at = _time(metadata={"description": "Seen by students from then on; null: at once."})
    due_at = _time(metadata={"description": "null: never."})
    late_until = _time(metadata={"description": "Taken until then; null: until it is due."})
    late_policy = fields.Nested(
        LatePolicyFields,
        load_default=None,
        allow_none=True,
        metadata={"description": "null: a late one loses nothing."},
    )
    max_attempts = _whole(
        1, 10_000, _("Give a whole number from 1 to 10000."), load_default=None, allow_none=True,
        metadata={"description": "null: any number."},
    )  # fmt: skip
    cool_down = _whole(
        0, 604_800, _("Give seconds, up to a week (604800)."), load_default=0,
        metadata={"description": "Seconds between two attempts."},
    )  # fmt: skip
    counts = _choice(BEST, LAST, default=BEST)
    policy = fields.Dict(
        keys=fields.String(), load_default=None, allow_none=True, error_messages=_messages(_NEEDED),
        metadata={"description": "Over the exercise's own, key by key.", "example": {"follow_through": "half"}},
    )  # fmt: skip
    interfaces = fields.List(
        fields.String(error_messages=_messages(_A_CHOICE)), load_default=None, allow_none=True,
        error_messages=_messages(_A_CHOICE),
        metadata={"description": "Names of those that are taken, `symbols` among them; null: all."},
    )  # fmt: skip
    shown_before = _choice(NOTHING, VERDICTS, EVERYTHING, default=EVERYTHING)
    shown_after = _choice(NOTHING, VERDICTS, EVERYTHING, default=EVERYTHING)
    practice = _choice(NONE, WORKED, FULL, default=FULL)


class AssignmentChanges(AssignmentFields):
    """Those fields of an assignment that are to change."""

    def __init__(self, **named: Any) -> None:
        super().__init__(partial=tuple(self._declared_fields), **named)


class CopyFields(Schema):
    """Which course's assignments are taken over, and how many days later everything is there."""

    course = _whole(1, 2_000_000_000, _NEEDED, required=True, metadata={"description": "Another one that one teaches."})
    days = _whole(
        0, 4_000, _("Give a whole number from 0 to 4000."), required=True,
        metadata={"description": "A year of whole weeks is 364.", "example": 364},
    )  # fmt: skip


class ExtensionFields(Schema):
    """More time, or more attempts, for one student; null: as for everybody."""

    due_at = _time()
    late_until = _time()
    more_attempts = _whole(0, 1_000, _("Give a whole number from 0 to 1000."), load_default=0)
    comment = Prose(
        least=0,
        load_default="",
        error_messages={**_messages(_NEEDED), "length": _("Write at most 2000 characters.")},
    )
