"""Exercises, as those who solve them see them."""

from __future__ import annotations

from marshmallow import Schema, fields


class AskedSchema(Schema):
    """One asked gradient."""

    name = fields.String(required=True)
    wrt = fields.String(required=True, allow_none=True)
    points = fields.Float(required=True)
    shape = fields.String(required=True, metadata={"description": "In the exercise's letters."})


class InterfaceSchema(Schema):
    """One way of handing in code."""

    name = fields.String(required=True)
    description = fields.String(required=True)


class ExerciseSchema(Schema):
    """An exercise of the catalogue, in short."""

    name = fields.String(required=True, metadata={"example": "multiply"})
    title = fields.String(required=True, metadata={"example": "Multiplication"})
    digest = fields.String(required=True, metadata={"description": "Of all that its grading depends on."})
    max_score = fields.Float(required=True, metadata={"example": 2.0})
    accepts_symbols = fields.Boolean(required=True)


class WholeExerciseSchema(ExerciseSchema):
    """An exercise with what it asks and how to hand in."""

    forward = fields.String(required=True)
    dimensions = fields.Dict(required=True, keys=fields.String(), values=fields.Integer())
    asks = fields.List(fields.Nested(AskedSchema), required=True)
    interfaces = fields.List(fields.Nested(InterfaceSchema), required=True)
