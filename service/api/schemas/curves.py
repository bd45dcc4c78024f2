"""The numerical check, step by step."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from service.api.schemas.queries import Language, Which


class EntryOf(Language):
    """Which entry of which gradient."""

    gradient = fields.String(required=True, validate=validate.Length(1, 100), metadata={"example": "dW1"})
    entry = fields.String(
        load_default="",
        validate=validate.Length(0, 100),
        metadata={"description": "Its indices, as `0,1`; empty for a scalar."},
    )


class EntryOfWhich(EntryOf, Which):
    """Which entry, and whose version of the exercise."""


class StepSchema(Schema):
    """Both quotients with one step; null where the function has no value."""

    h = fields.Float(required=True)
    forward = fields.Float(required=True, allow_none=True, metadata={"description": "(f(x + h) - f(x)) / h"})
    forward_error = fields.Float(required=True, allow_none=True)
    central = fields.Float(required=True, allow_none=True, metadata={"description": "(f(x + h) - f(x - h)) / 2h"})
    central_error = fields.Float(required=True, allow_none=True)
    kink = fields.Boolean(required=True, metadata={"description": "Whether a kink lies within h of the point."})


class CurveSchema(Schema):
    """An entry of a gradient on the worked example, by difference quotients with steps from large to small. Errors are
    relative, as in a report."""

    name = fields.String(required=True)
    index = fields.List(fields.Integer(), required=True)
    exact = fields.Float(required=True)
    candidate = fields.Float(required=True, allow_none=True, metadata={"description": "What was handed in."})
    error = fields.Float(required=True, allow_none=True, metadata={"description": "Of the candidate."})
    steps = fields.List(fields.Nested(StepSchema), required=True)
