"""Whatever goes wrong: the one shape of every error."""

from __future__ import annotations

from marshmallow import Schema, fields


class ErrorBody(Schema):
    """What went wrong."""

    code = fields.String(required=True, metadata={"description": "For machines; stable."})
    message = fields.String(required=True, metadata={"description": "For people: what to change."})
    details = fields.Dict(required=True, metadata={"description": "What is wrong where, or {}."})


class ErrorSchema(Schema):
    """The one shape of every error."""

    error = fields.Nested(ErrorBody, required=True)
