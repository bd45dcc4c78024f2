"""What stands behind the `?` of several addresses."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from grader import LANGUAGES
from service.models import MAX_ID
from service.waiting import LONGEST


class Language(Schema):
    """In which language titles and messages are."""

    language = fields.String(
        validate=validate.OneOf(LANGUAGES), metadata={"description": "Of titles and messages; else the account's."}
    )


class Which(Language):
    """Whose version of the exercise: of a course where one grades; of an assignment one's own or, for those who
    grade, a student's; else the catalogue's."""

    course = fields.Integer(load_default=None, validate=validate.Range(1, MAX_ID))
    assignment = fields.Integer(load_default=None, validate=validate.Range(1, MAX_ID))
    student = fields.Integer(
        load_default=None,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "With an assignment: whose variant."},
    )


class OfAccount(Schema):
    """Whose."""

    student = fields.Integer(
        load_default=None,
        validate=validate.Range(1, MAX_ID),
        metadata={"description": "Of those who may see everybody's: whose alone."},
    )


class Wait(Language):
    """How long to wait for the report."""

    wait = fields.Float(
        load_default=None,
        validate=validate.Range(0, LONGEST),
        metadata={"description": "Seconds to wait for the report, 0 to 30."},
    )
