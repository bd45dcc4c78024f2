"""Who changed what."""

from __future__ import annotations

from typing import get_args

from marshmallow import Schema, fields, validate

from service.api.schemas.people import PersonSchema
from service.audit import Kind
from service.models import MAX_ID


class EntrySchema(Schema):
    """One change."""

    id = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    person = fields.Nested(
        PersonSchema,
        required=True,
        allow_none=True,
        attribute="account",
        metadata={"description": "null: by a command on the machine itself."},
    )
    action = fields.String(required=True)
    kind = fields.String(required=True)
    number = fields.Integer(required=True, allow_none=True, metadata={"description": "Of the thing, within its kind."})
    details = fields.Dict(required=True, metadata={"description": "What was and what became, by the kind of thing."})


class Entries(Schema):
    """Which entries."""

    kind = fields.String(load_default=None, validate=validate.OneOf(get_args(Kind)))
    person = fields.Integer(load_default=None, validate=validate.Range(1, MAX_ID))
