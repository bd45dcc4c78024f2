"""The reports on a submission, in our own form and in Gradescope's."""

from __future__ import annotations

from marshmallow import Schema, fields, validate


class StoredReportSchema(Schema):
    """One of the reports on a submission."""

    id = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    regrade_id = fields.Integer(required=True, allow_none=True, metadata={"description": "Of the regrade it is from."})
    points = fields.Float(required=True, allow_none=True, metadata={"description": "null: practice, or not shown."})
    report = fields.Dict(
        required=True, allow_none=True, metadata={"description": "Schema 1; null where it is not shown."}
    )


class TestSchema(Schema):
    """One asked gradient, as Gradescope has it."""

    score = fields.Float(required=True)
    max_score = fields.Float(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["passed", "failed"]))
    name = fields.String(required=True)
    number = fields.String(required=True)
    output = fields.String(required=True)
    visibility = fields.String(required=True)


class ResultsSchema(Schema):
    """Gradescope's `results.json`."""

    score = fields.Float(required=True)
    execution_time = fields.Float(required=True)
    output = fields.String(required=True)
    visibility = fields.String(required=True)
    tests = fields.List(fields.Nested(TestSchema), required=True)
