"""People, as others see them."""

from __future__ import annotations

from marshmallow import Schema, fields


class PersonSchema(Schema):
    """Somebody."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
