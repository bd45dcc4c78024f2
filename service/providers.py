"""Who vouches for people beside ourselves: a provider of OpenID Connect, which the settings name. The talk with it is
in `openid`."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.configuration import Configuration, settings
from service.models import Identity


class ProviderFailed(Exception):
    """The provider cannot be reached, or what it said cannot be trusted; the message is for the log."""


class NotSignedIn(Exception):
    """The provider let nobody in; `code` is "refused", "address_taken", "address_missing" or "linked_elsewhere"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def register(app: Flask) -> None:
    """The provider of the settings, if there is one."""
    configuration: Configuration = app.extensions["gradient_grader"]
    if configuration.oidc_issuer:
        from service import openid  # here: Authlib takes 4 MB, which without a provider nobody needs

        openid.register(app)


def provider_name() -> str | None:
    """What stands on the button; None without a provider."""
    return settings().oidc_name if settings().oidc_issuer else None


def identities_of(database_session: Session, account_id: int) -> list[Identity]:
    """Who vouches for this account."""
    identities = select(Identity).where(Identity.account_id == account_id).order_by(Identity.id)
    return list(database_session.scalars(identities))
