"""Courses, what they hand out, and where the class stands."""

from __future__ import annotations

from marshmallow import Schema, fields

from service.api.schemas.people import PersonSchema


class CourseSchema(Schema):
    """A course, in short."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)


class AssignmentSchema(Schema):
    """An exercise handed out in a course; `attempts_spent` are the reader's own."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    exercise = fields.String(required=True)
    points = fields.Float(required=True)
    variants = fields.Boolean(required=True, metadata={"description": "Whether each student has a variant."})
    course = fields.Nested(CourseSchema, required=True)
    role = fields.String(required=True)
    attempts_spent = fields.Integer(required=True)


class StandingSchema(Schema):
    """One student in one assignment; `score` is what counts, in the assignment's points: the grade that a person gave,
    if one stands (`overridden`), else the best attempt's."""

    assignment_id = fields.Integer(required=True)
    attempts = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    score = fields.Float(required=True, allow_none=True)
    overridden = fields.Boolean(required=True)
    best_submission_id = fields.Integer(required=True, allow_none=True)
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
