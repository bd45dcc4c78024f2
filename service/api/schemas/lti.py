"""Learning platforms, as they are described and changed."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from service.api.schemas.people import PersonSchema
from service.lti.platforms import LENGTHS
from service.lti.scores import FAILING, HIDDEN, NONE_YET, SENT, WAITING

NEEDED = ("name", "issuer", "client_id", "authorization_url", "token_url", "jwks_url")


def _line(name: str, words: str, **more: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, LENGTHS[name]), metadata={"description": words}, **more)


def _texts(words: str) -> fields.List[str]:
    return fields.List(fields.String(validate=validate.Length(1, 255)), metadata={"description": words})


class PlatformSettings(Schema):
    """What is known of a platform."""

    name = _line("name", "How it is called here.")
    issuer = _line("issuer", "The platform's id: the issuer of its tokens.")
    client_id = _line("client_id", "What this service is called there.")
    authorization_url = _line("authorization_url", "Where people sign in there; https.")
    token_url = _line("token_url", "Where it gives access tokens; https.")
    jwks_url = _line("jwks_url", "Where its keys are; https.")
    audience = _line("audience", "What its token endpoint is called, if not by its address.", allow_none=True)
    deployments = _texts("The ids of the deployments that are taken.")
    origins = _texts("Where else its pages come from, as https://school.example.org.")
    makes_courses = fields.Boolean(metadata={"description": "Whether instructors there may make courses here."})
    active = fields.Boolean(metadata={"description": "Whether launches are taken and scores sent."})


class NewPlatform(PlatformSettings):
    """A platform to be registered."""

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Without NEEDED nothing can be done with it."""
        field_obj.required = field_name in NEEDED


class PlatformSchema(PlatformSettings):
    """A registered platform."""

    id = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


class LinkedAssignmentSchema(Schema):
    """An assignment, in short."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)


class LinkSchema(Schema):
    """A link of the platform; it leads to the assignment, or (null) to the whole course."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    assignment = fields.Nested(LinkedAssignmentSchema, required=True, allow_none=True)


class ConnectionSchema(Schema):
    """A platform's course that is this course."""

    id = fields.Integer(required=True)
    platform = fields.String(required=True)
    title = fields.String(required=True)
    roster_at = fields.AwareDateTime(required=True, allow_none=True)
    links = fields.List(fields.Nested(LinkSchema), required=True)


class RosterSchema(Schema):
    """What taking over a roster changed."""

    listed = fields.Integer(required=True, metadata={"description": "People on the platform's list."})
    enrolled = fields.Integer(required=True, metadata={"description": "Of them new in the course."})
    gone = fields.List(
        fields.String(), required=True, metadata={"description": "In the course, and no longer on the list; they stay."}
    )


class PassedScoreSchema(Schema):
    """One student and one link: the score that the platform has, in points, and whether it is the one that counts."""

    student = fields.Nested(PersonSchema, required=True)
    connection_id = fields.Integer(required=True)
    assignment = fields.Nested(LinkedAssignmentSchema, required=True)
    status = fields.String(
        required=True,
        validate=validate.OneOf([SENT, WAITING, FAILING, NONE_YET, HIDDEN]),
        metadata={"description": "hidden: the student may not see it yet."},
    )
    score = fields.Float(required=True, allow_none=True)
    maximum = fields.Float(required=True, allow_none=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
    next_at = fields.AwareDateTime(required=True, allow_none=True, metadata={"description": "Of the next try."})
    error = fields.String(required=True, allow_none=True, metadata={"description": "Of the last try."})
