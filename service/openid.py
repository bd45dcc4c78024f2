"""Sign-in at a provider of OpenID Connect, which the settings name: by authorization code with PKCE, state and nonce.

Somebody is known by (issuer, subject), never by an address: an account that exists is linked by its owner, who is
signed in to it. A subject that is not known gets an account of its own, if the provider vouches for an address that no
account has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app, session, url_for
from joserfc.errors import JoseError
from requests import RequestException
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service import audit
from service.accounts import NotAPerson, account_for, email_of, find_account, name_of
from service.arrival import resting
from service.authentication import Person
from service.configuration import Configuration, is_safe, settings
from service.database import writing
from service.models import Identity
from service.providers import NotSignedIn, ProviderFailed

NAME = "provider"
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
SECONDS = 10
LEEWAY = 60  # seconds that the provider's clock may be off
LINKING = "linking"
BEGUN = 3  # sign-ins that a browser may have begun at a time; each takes some 300 bytes of a cookie of 4 KiB


@dataclass(frozen=True)
class Vouched:
    """What a provider says of somebody; `email` only where it has been verified."""

    issuer: str
    subject: str
    email: str
    name: str


def register(app: Flask) -> None:
    """The provider of the settings."""
    configuration: Configuration = app.extensions["gradient_grader"]
    OAuth(app).register(
        NAME,
        client_id=configuration.oidc_client_id,
        client_secret=configuration.oidc_client_secret,
        server_metadata_url=f"{configuration.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )


def go_there(person: Person | None) -> Response:
    """Sends the browser to the provider; with a `person`, to link what it says to their account. Raises
    ProviderFailed."""
    client = _client()
    session[LINKING] = person.id if person else None
    begun = [key for key in session if key.startswith(f"_state_{NAME}_")]
    for oldest in sorted(begun, key=lambda key: session[key]["exp"], reverse=True)[BEGUN - 1 :]:
        del session[oldest]
    try:
        with resting():
            answer: Response = client.authorize_redirect(_return_address())
    except (RequestException, OAuthError, RuntimeError) as error:
        raise ProviderFailed(str(error)) from error
    return answer


def come_back(person: Person | None) -> tuple[int, bool]:
    """The id of the account of whoever comes back from the provider, and whether it was just linked to `person`, who
    asked for that. Raises ProviderFailed, NotSignedIn."""
    said = _vouched()
    linking = session.pop(LINKING, None)
    with writing() as database_session:
        if linking is not None:
            if person is None or person.id != linking:
                raise NotSignedIn("refused")
            return _link(database_session, person, said), True
        return _account_of(database_session, said), False


def _client() -> Any:
    client = current_app.extensions["authlib.integrations.flask_client"].create_client(NAME)
    try:
        with resting():
            metadata = client.load_server_metadata()
    except (RequestException, ValueError) as error:
        raise ProviderFailed(f"its configuration cannot be read: {error}") from error
    if metadata.get("issuer") != settings().oidc_issuer:
        _forget(client)
        raise ProviderFailed(f"it calls itself {metadata.get('issuer')!r}")
    if not all(is_safe(str(metadata.get(name))) for name in ENDPOINTS):
        _forget(client)
        raise ProviderFailed("it has an address that does not start with https://")
    offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    client.server_metadata["id_token_signing_alg_values_supported"] = [name for name in offered if name in SIGNED_BY]
    return client


def _forget(client: Any) -> None:
    """What a provider says wrongly today is asked for again tomorrow."""
    client.server_metadata.clear()


def _return_address() -> str:
    return settings().public_url + url_for("pages.come_back_from_provider")


def _vouched() -> Vouched:
    client, issuer = _client(), settings().oidc_issuer
    must_be = {
        "iss": {"essential": True, "values": [issuer]},
        "aud": {"essential": True, "values": [settings().oidc_client_id]},
    }
    try:
        with resting():
            token = client.authorize_access_token(claims_options=must_be, leeway=LEEWAY)
    except OAuthError as error:
        if error.error in ("access_denied", "mismatching_state"):
            raise NotSignedIn("refused") from error
        raise ProviderFailed(str(error)) from error
    except (RequestException, JoseError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise ProviderFailed(f"{type(error).__name__}: {error}") from error
    claims = token.get("userinfo")
    if not claims or not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
        raise ProviderFailed("it sent no ID token with a subject")
    email = str(claims.get("email") or "") if claims.get("email_verified") is True else ""
    name = str(claims.get("name") or claims.get("preferred_username") or email)
    return Vouched(issuer, claims["sub"], email, name)


def _known(database_session: Session, said: Vouched) -> Identity | None:
    identities = select(Identity).where(Identity.issuer == said.issuer, Identity.subject == said.subject)
    return database_session.scalar(identities.with_for_update())


def _link(database_session: Session, person: Person, said: Vouched) -> int:
    known = _known(database_session, said)
    if known is not None and known.account_id != person.id:
        raise NotSignedIn("linked_elsewhere")
    if known is None:
        _keep(database_session, person, person.id, said)
    return person.id


def _account_of(database_session: Session, said: Vouched) -> int:
    known = _known(database_session, said)
    if known is not None:
        return known.account_id
    try:
        email, name = email_of(said.email), name_of(said.name)
    except NotAPerson as error:
        raise NotSignedIn("address_missing") from error
    if find_account(database_session, email) is not None:
        raise NotSignedIn("address_taken")
    account, made = account_for(database_session, None, email, name)
    if not made:
        raise NotSignedIn("address_taken")
    _keep(database_session, None, account.id, said)
    return account.id


def _keep(database_session: Session, person: Person | None, account_id: int, said: Vouched) -> None:
    database_session.add(Identity(account_id=account_id, issuer=said.issuer, subject=said.subject))
    details = {"issuer": said.issuer, "subject": said.subject}
    audit.record(database_session, person, "link", "account", account_id, after=details)
