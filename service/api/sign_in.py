"""A token for an e-mail address and a password: how a program signs in, and out."""

from __future__ import annotations

from typing import Any

from flask import request

from service.api.blueprint import Blueprint
from service.api.bodies import documented, loaded
from service.api.schemas.people import SignedIn, SignIn
from service.authentication import by_bearer, revoke_token
from service.database import writing
from service.errors import MESSAGES, ApiError
from service.own_account import MOST_TOKENS, TooManyTokens, WrongPassword, make_own_token
from service.own_account import sign_in as by_password

blueprint = Blueprint("sign-in", __name__, description="A token for a password.")


@blueprint.route("/sign-in", methods=["POST"])
@blueprint.doc(security=[])
@documented(SignIn)
@blueprint.refuses(401, 409)
@blueprint.response(201, SignedIn, description="The token is shown this once.")
def sign_in() -> dict[str, Any]:
    """Sign in with an e-mail address and a password; the answer is a token."""
    body = loaded(SignIn())
    try:
        person = by_password(body["email"], body["password"])
    except WrongPassword:
        raise ApiError(401, "wrong_password", "The e-mail address or the password is not right.") from None
    try:
        _, token = make_own_token(person, body["name"])
    except TooManyTokens:
        message = f"{MOST_TOKENS} of your tokens hold. Revoke some first, on the page of your account."
        raise ApiError(409, "too_many_tokens", message) from None
    return {"token": token, "person": person}


@blueprint.route("/sign-in", methods=["DELETE"])
@blueprint.response(204, description="The token is worthless from now on.")
def sign_out() -> None:
    """Revoke the token that this request is sent with."""
    if by_bearer(request) is None:
        raise ApiError(401, "not_signed_in", MESSAGES[401])
    with writing() as session:
        revoke_token(session, request.headers["Authorization"].partition(" ")[2].strip())
