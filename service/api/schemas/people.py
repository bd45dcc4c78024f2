"""People, as others see them."""

from __future__ import annotations

from marshmallow import Schema, fields


class PersonSchema(Schema):
    """Somebody."""

    id = fields.Integer(required=True)
    name = fields.String(required=True, metadata={"example": "Aoi Sato"})
    email = fields.String(required=True, metadata={"example": "aoi@example.org"})
