"""People, as others see them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate


class PersonSchema(Schema):
    """Somebody."""

    id = fields.Integer(required=True)
    name = fields.String(required=True, metadata={"example": "Aoi Sato"})
    email = fields.String(required=True, metadata={"example": "aoi@example.org"})


class SignIn(Schema):
    """Who signs in, and where the token will be kept."""

    email = fields.String(required=True, validate=validate.Length(1, 254), metadata={"example": "aoi@example.org"})
    password = fields.String(required=True, metadata={"format": "password", "example": "correct horse"})
    name = fields.String(
        load_default="program",
        validate=[validate.Length(1, 100), validate.Predicate("isprintable", error="Printable text in one line.")],
        metadata={"description": "What the token is called in the list of one's tokens.", "example": "my laptop"},
    )


class SignedIn(Schema):
    """A token, as it is shown once."""

    token = fields.String(required=True, metadata={"example": "gg_…"})
    person = fields.Nested(PersonSchema, required=True)
