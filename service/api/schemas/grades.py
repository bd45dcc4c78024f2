"""Grades that people give, and grades as files."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from service.api.schemas.people import PersonSchema
from service.exports import FORMS, PLAIN
from service.prose import LONGEST, Prose


class GivenSchema(Schema):
    """A grade to be given."""

    score = fields.Float(required=True, metadata={"description": "In the assignment's points, up to ten times them."})
    comment = Prose(required=True, metadata={"description": f"For the student: 1 to {LONGEST} characters."})


class OverrideSchema(Schema):
    """A grade that a person gave."""

    score = fields.Float(required=True)
    comment = fields.String(required=True)
    author = fields.Pluck(PersonSchema, "name", required=True)
    created_at = fields.AwareDateTime(required=True)
    withdrawn_at = fields.AwareDateTime(required=True, allow_none=True)


class GradeSchema(Schema):
    """What a student has in an assignment: `score` counts, in its points. It is `override`'s, else the computed one."""

    assignment_id = fields.Integer(required=True)
    student = fields.Nested(PersonSchema, required=True)
    points = fields.Float(required=True, metadata={"description": "The possible ones."})
    score = fields.Float(required=True, allow_none=True)
    computed = fields.Float(required=True, allow_none=True, metadata={"description": "Reached by handing in."})
    override = fields.Nested(OverrideSchema, required=True, allow_none=True)
    history = fields.List(
        fields.Nested(OverrideSchema),
        required=True,
        metadata={"description": "All that were ever given, the newest first; empty for the student."},
    )


class FormSchema(Schema):
    """Which columns the file has."""

    form = fields.String(load_default=PLAIN, validate=validate.OneOf(FORMS))
