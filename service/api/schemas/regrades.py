"""Grading again."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from service.api.schemas.people import PersonSchema
from service.models import GRADED, GRADING, MAX_ID, QUEUED, UNGRADED
from service.prose import LONGEST, Prose
from service.regrades import CHANGED, FAILED


class ScopeSchema(Schema):
    """What is to be graded again: what all of this is true of; without any of it, the whole course."""

    submission_id = fields.Integer(load_default=None, strict=True, validate=validate.Range(1, MAX_ID))
    student_id = fields.Integer(load_default=None, strict=True, validate=validate.Range(1, MAX_ID))
    assignment_id = fields.Integer(load_default=None, strict=True, validate=validate.Range(1, MAX_ID))
    outdated = fields.Boolean(
        load_default=False,
        metadata={"description": "Only what was not graded with the present version of its exercise."},
    )
    reason = Prose(required=True, metadata={"description": f"1 to {LONGEST} characters."})


class RegradeSchema(Schema):
    """A regrade and how far it is."""

    id = fields.Integer(required=True)
    course_id = fields.Integer(required=True)
    reason = fields.String(required=True)
    author = fields.Nested(PersonSchema, required=True)
    created_at = fields.AwareDateTime(required=True)
    total = fields.Integer(required=True)
    done = fields.Integer(required=True, metadata={"description": "Those that failed are among them."})
    failed = fields.Integer(required=True, metadata={"description": "By our fault: their old reports are in force."})
    changed = fields.Integer(required=True, metadata={"description": "Those with another verdict or score."})


class ComparedSchema(Schema):
    """One of the two reports, in short; `score` is in the assignment's points."""

    report_id = fields.Integer(required=True)
    verdict = fields.String(required=True)
    score = fields.Float(required=True)


class ItemSchema(Schema):
    """One submission graded again."""

    id = fields.Integer(required=True)
    submission_id = fields.Integer(required=True)
    student_id = fields.Integer(required=True)
    assignment_id = fields.Integer(required=True)
    attempt = fields.Integer(required=True)
    status = fields.String(required=True, validate=validate.OneOf([QUEUED, GRADING, GRADED, UNGRADED]))
    changed = fields.Boolean(required=True)
    old = fields.Nested(ComparedSchema, required=True, allow_none=True)
    new = fields.Nested(ComparedSchema, required=True, allow_none=True)


class Only(Schema):
    """Which items."""

    which = fields.String(data_key="only", load_default=None, validate=validate.OneOf([CHANGED, FAILED]))
