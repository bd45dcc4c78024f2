"""Exercises, as those who write them see them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from service.api.schemas.people import PersonSchema

EXAMPLE = """\
name: my-product
title: {en: A product, ja: 積}
inputs:
  x: {shape: []}
  y: {shape: []}
forward: |
  f = x * y
gradients:
  dx: {of: f}
  dy: {of: f}
interfaces: [script]
"""


class ExerciseSource(Schema):
    """An exercise as its author writes it."""

    source = fields.String(
        required=True, metadata={"description": "YAML, as docs/exercises.md has it.", "example": EXAMPLE}
    )


class ExerciseSourceOfCourse(ExerciseSource):
    """The same with the course that it is for."""

    course_id = fields.Integer(required=True, strict=True)


class StoredExerciseSchema(Schema):
    """The current version of an exercise of a course's own."""

    course_id = fields.Integer(required=True)
    name = fields.String(required=True)
    digest = fields.String(required=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


class StoredVersionSchema(StoredExerciseSchema):
    """One version with its author and source."""

    author = fields.Nested(PersonSchema, required=True)
    source = fields.String(required=True)


class StoredHistorySchema(StoredVersionSchema):
    """The current version, and all of them, the newest first."""

    versions = fields.List(fields.Nested(StoredVersionSchema), required=True)


class TableRowSchema(Schema):
    """One line of the dimension table."""

    kind = fields.String(required=True, validate=validate.OneOf(["input", "step", "asked"]))
    name = fields.String(required=True)
    letters = fields.String(required=True)
    numbers = fields.List(fields.Integer(), required=True)


class AgreementSchema(Schema):
    """How far the witnesses of one gradient are apart at one point, relative to its scale."""

    name = fields.String(required=True)
    sizes = fields.Dict(required=True, keys=fields.String(), values=fields.Integer())
    outright = fields.Float(required=True, allow_none=True, metadata={"description": "By SymPy; null: too large."})
    numerical = fields.Float(required=True)


class PreviewSchema(Schema):
    """What follows from an exercise that somebody writes."""

    name = fields.String(required=True)
    title = fields.Dict(required=True, keys=fields.String(), values=fields.String())
    digest = fields.String(required=True)
    forward = fields.String(required=True)
    dimensions = fields.Dict(required=True, keys=fields.String(), values=fields.Integer())
    max_score = fields.Float(required=True)
    accepts_symbols = fields.Boolean(required=True)
    table = fields.List(fields.Nested(TableRowSchema), required=True)
    formulas = fields.Dict(required=True, metadata={"description": "Of scalar circuits, by asked gradient."})
    sample = fields.Dict(required=True, metadata={"description": "The worked example's inputs and steps, rounded."})
    agreements = fields.List(fields.Nested(AgreementSchema), required=True)
    handout = fields.Dict(required=True, metadata={"description": "Markdown, by language."})
    skeleton = fields.Dict(required=True, metadata={"description": "Python, by language."})
