"""Courses, what they hand out, and where the class stands."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from service.api.schemas.people import Line, PersonSchema
from service.forms import AssignmentFields, CourseFields, ExtensionFields


class CourseSchema(CourseFields):
    """A course."""

    id = fields.Integer(required=True)


class OwnSchema(Schema):
    """What holds for the reader, an extension included."""

    due_at = fields.AwareDateTime(required=True, allow_none=True)
    closes_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Until then it is taken, late perhaps."}
    )
    attempts_left = fields.Integer(required=True, allow_none=True, metadata={"description": "null: any number."})
    worth = fields.Float(required=True, metadata={"description": "The share of its points that is left now."})
    refused = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(["closed", "no_attempts_left", "cool_down"]),
        metadata={"description": "Why nothing is taken now; null: it is."},
    )
    retry_after = fields.Integer(required=True, allow_none=True, metadata={"description": "Seconds of the cool-down."})


class AssignmentSchema(AssignmentFields):
    """An exercise handed out in a course; `attempts_spent` and `own` are the reader's."""

    id = fields.Integer(required=True)
    course = fields.Nested(CourseSchema, required=True)
    role = fields.String(required=True)
    attempts_spent = fields.Integer(required=True)
    own = fields.Nested(OwnSchema, required=True)


class ExtensionSchema(ExtensionFields):
    """An extension, with the student who has it and when theirs is due and closed."""

    student = fields.Nested(PersonSchema, required=True)
    own_due_at = fields.AwareDateTime(required=True, allow_none=True)
    own_closes_at = fields.AwareDateTime(required=True, allow_none=True)


class OfSection(Schema):
    """Whose."""

    section = Line(required=True, metadata={"description": "The section's name, as in the roster."})


class ExtendedSchema(Schema):
    """What was given."""

    students = fields.Integer(required=True, metadata={"description": "How many have it."})


class StandingSchema(Schema):
    """One student in one assignment; `score` is what counts, in the assignment's points: the grade that a person gave,
    if one stands (`overridden`), else that of the best attempt or the last."""

    assignment_id = fields.Integer(required=True)
    attempts = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    score = fields.Float(required=True, allow_none=True)
    overridden = fields.Boolean(required=True)
    best_submission_id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The one that counts: the best, or the last."}
    )
    late = fields.Boolean(required=True, metadata={"description": "Whether that one is late."})
    worth = fields.Float(
        required=True, allow_none=True, metadata={"description": "The share of its points that its time leaves."}
    )
    wrong = fields.List(fields.String(), required=True, metadata={"description": "By the newest report."})


class RowSchema(Schema):
    """One student's row."""

    student = fields.Nested(PersonSchema, required=True)
    total = fields.Float(required=True)
    standings = fields.List(fields.Nested(StandingSchema), required=True)


class ColumnSchema(Schema):
    """One assignment of the course."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    exercise = fields.String(required=True)
    points = fields.Float(required=True)


class GradebookSchema(Schema):
    """A course at a glance."""

    course = fields.Nested(CourseSchema, required=True)
    assignments = fields.List(fields.Nested(ColumnSchema), required=True)
    students = fields.List(fields.Nested(RowSchema), required=True)
