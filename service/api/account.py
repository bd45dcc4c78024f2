"""One's own account: who one is, the password, and tokens for programs."""

from __future__ import annotations

from typing import Any

from flask import abort, g

from service.api.blueprint import Blueprint, Page
from service.api.bodies import documented, loaded
from service.api.schemas.people import MadeTokenSchema, NewPassword, NewToken, OwnAccountSchema, TokenSchema
from service.authentication import tokens_of
from service.database import reading, writing
from service.errors import ApiError, invalid
from service.models import Token
from service.own_account import (
    MOST_TOKENS,
    TooManyTokens,
    WrongPassword,
    change_password,
    make_own_token,
    revoke_own_token,
)
from service.passwords import PasswordRefused

blueprint = Blueprint("account", __name__, description="One's own account.")


@blueprint.route("/account")
@blueprint.response(200, OwnAccountSchema)
def show_account() -> dict[str, Any]:
    """Who is asking, and in which courses they are."""
    names = ("id", "name", "email", "language", "administrator")
    roles = [{"course_id": course, "role": role} for course, role in sorted(g.person.roles.items())]
    return {**{name: getattr(g.person, name) for name in names}, "roles": roles}


@blueprint.route("/account/password", methods=["POST"])
@documented(NewPassword)
@blueprint.response(204, description="It is the password now; all sessions have ended, tokens hold.")
def set_password() -> None:
    """Change one's password."""
    body = loaded(NewPassword())
    try:
        change_password(g.person, body["old"], body["new"])
    except WrongPassword:
        raise ApiError(422, "wrong_password", "The old password is not right, or there is none.") from None
    except PasswordRefused as refused:
        raise invalid({"new": [str(refused)]}, str(refused)) from None


@blueprint.route("/tokens")
@blueprint.response(200, TokenSchema(many=True))
@blueprint.paginate(Page)
def list_tokens() -> list[Token]:
    """One's tokens that hold, the newest first; their texts are not kept."""
    with reading() as session:
        return tokens_of(session, g.person.id)


@blueprint.route("/tokens", methods=["POST"])
@documented(NewToken)
@blueprint.response(201, MadeTokenSchema, description="Its text is shown this once.")
@blueprint.refuses(409)
def make_token() -> dict[str, Any]:
    """Make a token, by which a program is oneself."""
    try:
        made, text = make_own_token(g.person, loaded(NewToken())["name"])
    except TooManyTokens:
        raise ApiError(409, "too_many_tokens", f"{MOST_TOKENS} of your tokens hold. Revoke some first.") from None
    return {"id": made.id, "name": made.name, "created_at": made.created_at, "token": text}


@blueprint.route("/tokens/<int:token_id>", methods=["DELETE"])
@blueprint.response(204, description="It is worthless from now on.")
def revoke_token(token_id: int) -> None:
    """Revoke one of one's tokens."""
    with writing() as session:
        if not revoke_own_token(session, g.person, token_id):
            abort(404)
