"""People, as others see them, and what is theirs."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from service.accounts import LONGEST_EMAIL, LONGEST_NAME, one_line
from service.forms import FIRST_TIME, LAST_TIME
from service.models import ROLES
from service.passwords import LONGEST, SHORTEST
from service.rosters.reading import FORMS, LONGEST_CELL

_ROLE = validate.OneOf(ROLES)
_CELL = validate.Length(max=LONGEST_CELL)


class Line(fields.String):
    """Text on one line, its blanks single, that can be printed: nothing that a database chokes on."""

    def _deserialize(self, value: Any, *arguments: Any, **named: Any) -> str:
        text = one_line(super()._deserialize(value, *arguments, **named))
        if not text.isprintable():
            raise ValidationError("This has characters that cannot be printed.")
        return text


class PersonSchema(Schema):
    """Somebody."""

    id = fields.Integer(required=True)
    name = fields.String(required=True, metadata={"example": "Aoi Sato"})
    email = fields.String(required=True, metadata={"example": "aoi@example.org"})


class SignIn(Schema):
    """Who signs in, and where the token will be kept."""

    email = fields.String(required=True, validate=validate.Length(1, 254), metadata={"example": "aoi@example.org"})
    password = fields.String(required=True, metadata={"format": "password", "example": "correct horse"})
    name = Line(
        load_default="program",
        validate=validate.Length(1, 100),
        metadata={"description": "What the token is called in the list of one's tokens.", "example": "my laptop"},
    )


class SignedIn(Schema):
    """A token, as it is shown once."""

    token = fields.String(required=True, metadata={"example": "gg_…"})
    person = fields.Nested(PersonSchema, required=True)


class OwnRoleSchema(Schema):
    """A course that the reader is enrolled in."""

    course_id = fields.Integer(required=True)
    role = fields.String(required=True, validate=_ROLE)


class OwnAccountSchema(PersonSchema):
    """The reader."""

    language = fields.String(required=True, allow_none=True)
    administrator = fields.Boolean(required=True)
    roles = fields.List(fields.Nested(OwnRoleSchema), required=True)


class NewPassword(Schema):
    """A password and the one that it takes the place of."""

    old = fields.String(required=True)
    new = fields.String(required=True, validate=validate.Length(SHORTEST, LONGEST))


class NewToken(Schema):
    """What a token is called, for its owner to know it by."""

    name = Line(required=True, validate=validate.Length(1, 100))


class TokenSchema(NewToken):
    """A token that holds."""

    id = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


class MadeTokenSchema(TokenSchema):
    """A new token, shown this once."""

    token = fields.String(required=True, metadata={"description": "Keep it: it is not shown again."})


class MemberSchema(PersonSchema):
    """Somebody in a course."""

    role = fields.String(required=True, validate=_ROLE)
    sid = fields.String(required=True, allow_none=True, metadata={"description": "The school's number."})
    section = fields.String(required=True, allow_none=True)
    canvas_id = fields.String(required=True, allow_none=True)
    can_sign_in = fields.Boolean(required=True, metadata={"description": "By a password, a provider or a token."})


class ChangedMember(Schema):
    """What becomes of somebody in a course; an empty number or section takes away what stood there."""

    email = Line(validate=validate.Length(1, LONGEST_EMAIL))
    name = Line(validate=validate.Length(1, LONGEST_NAME))
    role = fields.String(validate=_ROLE)
    sid = Line(validate=_CELL)
    section = Line(validate=_CELL)


class NewMember(ChangedMember):
    """Somebody to enrol; an account is made where there is none with this address."""

    email = Line(required=True, validate=validate.Length(1, LONGEST_EMAIL))
    name = Line(required=True, validate=validate.Length(1, LONGEST_NAME))
    role = fields.String(required=True, validate=_ROLE)


class InvitationSchema(Schema):
    """A way in, shown this once: whoever opens it chooses the account's password."""

    person = fields.Nested(PersonSchema, required=True)
    address = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class NewJoinCode(Schema):
    """How long a code holds."""

    expires_at = fields.AwareDateTime(
        load_default=None, allow_none=True, validate=validate.Range(FIRST_TIME, LAST_TIME),
        metadata={"description": "null: for good."},
    )  # fmt: skip


class JoinCodeSchema(NewJoinCode):
    """A code that a class enrols with."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    address = fields.String(required=True, metadata={"description": "Where to use it in a browser."})
    created_at = fields.AwareDateTime(required=True)


class Join(Schema):
    """The code that somebody was given."""

    code = Line(required=True, validate=validate.Length(1, 40))


class NewAccount(Schema):
    """An account to make."""

    email = Line(required=True, validate=validate.Length(1, LONGEST_EMAIL))
    name = Line(required=True, validate=validate.Length(1, LONGEST_NAME))
    administrator = fields.Boolean(load_default=False)


class ChangedAccount(Schema):
    """Whether an account is an administrator's, and whose it is."""

    administrator = fields.Boolean()
    email = Line(validate=validate.Length(1, LONGEST_EMAIL))
    name = Line(validate=validate.Length(1, LONGEST_NAME))


class AccountSchema(PersonSchema):
    """An account, as an administrator sees it."""

    administrator = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


class Search(Schema):
    """Which accounts."""

    search = Line(
        load_default="",
        metadata={"description": "A part of the name or address; in a course also of the number or section."},
    )


class RosterForm(Schema):
    """In whose columns."""

    form = fields.String(load_default="own", validate=validate.OneOf(FORMS))


class RosterQuery(Schema):
    """Whether to do it, and whether students who are not in the roster are taken out of the course."""

    apply = fields.Boolean(load_default=False, metadata={"description": "false: only say what would change."})
    remove_missing = fields.Boolean(load_default=False)


class RosterStepSchema(Schema):
    """What becomes of one person."""

    action = fields.String(required=True, validate=validate.OneOf(["add", "change", "same", "remove"]))
    row = fields.Integer(required=True, allow_none=True)
    email = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True, validate=_ROLE)
    changes = fields.Dict(required=True, metadata={"description": "By name: what it was, and what it will be."})
    listed_role = fields.String(
        required=True, allow_none=True, metadata={"description": "A lower one in the roster; no role is taken away."}
    )
    new_account = fields.Boolean(required=True)


class RosterPlanSchema(Schema):
    """What a roster changes, or has changed."""

    applied = fields.Boolean(required=True)
    form = fields.String(required=True, validate=validate.OneOf(FORMS))
    steps = fields.List(fields.Nested(RosterStepSchema), required=True)
