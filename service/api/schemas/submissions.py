"""What is handed in, and what became of it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from service.api.schemas.people import PersonSchema
from service.models import EVERYTHING, GRADED, GRADING, NOTHING, QUEUED, UNGRADED, VERDICTS


class IdempotencyHeader(Schema):
    """Makes a hand-in safe to repeat."""

    key = fields.String(
        data_key="Idempotency-Key",
        load_default=None,
        validate=[validate.Length(1, 200), validate.Regexp(r"^[\x21-\x7e]*$", error="Printable ASCII, no spaces.")],
        metadata={"description": "The same key with the same body is the same submission, for 24 hours."},
    )


class HandIn(Schema):
    """A submission: code as one text, or one expression per asked gradient."""

    kind = fields.String(required=True, validate=validate.OneOf(["code", "symbolic"]))
    source = fields.String(metadata={"description": "With kind code: a Python file or a Jupyter notebook, as text."})
    filename = fields.String(load_default="", metadata={"description": "Tells a notebook by its ending .ipynb."})
    answers = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "With kind symbolic: an expression for each asked gradient."},
    )

    @validates_schema
    def check_kind(self, data: dict[str, Any], **kwargs: object) -> None:
        """Code comes with a source, symbols with answers, and neither with the other's."""
        needed, other = ("source", "answers") if data["kind"] == "code" else ("answers", "source")
        if needed not in data:
            raise ValidationError({needed: [f"Missing: a submission of kind {data['kind']} needs it."]})
        if other in data:
            raise ValidationError({other: [f"Not taken with kind {data['kind']}."]})


class HandInFile(Schema):
    """A submission as a file."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary", "description": ".py or .ipynb"})


class HandedInSchema(Schema):
    """A submission."""

    id = fields.Integer(required=True, metadata={"example": 42})
    status = fields.String(
        required=True, validate=validate.OneOf([QUEUED, GRADING, GRADED, UNGRADED]), metadata={"example": QUEUED}
    )
    exercise = fields.String(required=True, metadata={"example": "multiply"})
    assignment_id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null: practice.", "example": 7}
    )
    attempt = fields.Integer(required=True, allow_none=True, metadata={"example": 1})
    kind = fields.String(required=True, validate=validate.OneOf(["code", "symbolic"]))
    student = fields.Nested(PersonSchema, required=True)
    created_at = fields.AwareDateTime(required=True)
    picked_at = fields.AwareDateTime(required=True, allow_none=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)
    erased_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Since then only its grade is kept."}
    )
    worth = fields.Float(
        required=True, metadata={"description": "The share of its points that its time leaves; late: less than 1."}
    )


class SubmissionSchema(HandedInSchema):
    """A submission, its place in the queue, and its report once there is one."""

    position = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "1: the next; a second one of an account may wait longer; null: done.",
            "example": 3,
        },
    )
    shown = fields.String(
        required=True,
        validate=validate.OneOf([NOTHING, VERDICTS, EVERYTHING]),
        metadata={"description": "What of the report the assignment shows to the reader now."},
    )
    shown_more_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When it will show more; null: at no set time."}
    )
    points = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "The report's score, in the assignment's points, of which a late one leaves a share."},
    )
    report = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "Schema 1; null until done, or where it is not shown.", "example": None},
    )
