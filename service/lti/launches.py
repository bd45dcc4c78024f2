"""The beginning of a launch: which platform it is, and what that is asked to sign somebody in with.

State and nonce are in the database, since a platform often shows us in a frame where a browser keeps no cookie of
ours.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.grading import LOGINS_ARE_KEPT
from service.models import LtiLogin, LtiPlatform
from service.passwords import fingerprint

BEGUN = LOGINS_ARE_KEPT  # how long a platform may take to sign somebody in
OPEN = timedelta(hours=1)  # how long a launch may be gone on with


class LaunchRefused(Exception):
    """A launch that is not believed: `code` says why, `detail` names what of it."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Begun:
    """What a platform is asked to sign somebody in with, and to give back."""

    platform: LtiPlatform
    state: str
    nonce: str


def find_platform(session: Session, issuer: str, client_id: str) -> LtiPlatform:
    """The registered platform; without `client_id` the only one of that issuer. Raises LaunchRefused."""
    found = select(LtiPlatform).where(LtiPlatform.issuer == issuer, LtiPlatform.active)
    if client_id:
        found = found.where(LtiPlatform.client_id == client_id)
    platforms = session.scalars(found.limit(2)).all()
    if len(platforms) != 1:
        raise LaunchRefused("unknown_platform", issuer)
    return platforms[0]


def begin(session: Session, platform: LtiPlatform, browser: str) -> Begun:
    """Begins a launch in the browser with this cookie."""
    begun = Begun(platform, secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    session.add(
        LtiLogin(
            platform_id=platform.id, state=fingerprint(begun.state), nonce=begun.nonce, browser=fingerprint(browser)
        )
    )
    return begun
