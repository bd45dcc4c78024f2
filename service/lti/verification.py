"""Believing a launch: begun here, signed by a registered platform, meant for us, in time, and used once. Where the
cookie of the browser in which it began comes back, it is known to be in that browser.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import KeySet, RSAKey
from joserfc.jwt import JWTClaimsRegistry
from sqlalchemy import select

from service import outside
from service.arrival import resting
from service.database import Database
from service.lti.keys import ALGORITHM
from service.lti.launches import BEGUN, LaunchRefused
from service.lti.messages import Malformed, Message, read
from service.models import LtiLaunch, LtiLogin, LtiPlatform, now
from service.passwords import fingerprint

CLOCKS = 60  # seconds that the platform's clock may be off
_KEYS_KEPT, _KEYS_ASKED_AGAIN, _TROUBLE_KEPT = 3600.0, 1.0, 5.0  # seconds

_Found = KeySet | outside.Unreachable


class Verifier:
    """Checks what platforms send, with their keys, which it keeps for a while."""

    def __init__(self, database: Database, allow_private: bool) -> None:
        self._database, self._allow_private = database, allow_private
        self._keys: dict[str, tuple[float, _Found]] = {}  # when they were asked for, and what came
        self._asking: dict[str, threading.Lock] = {}

    def verify(self, state: str, id_token: str, browser: str | None) -> tuple[LtiLaunch, str]:
        """The launch, kept, and the ticket that opens it. Raises LaunchRefused, and `outside.Unreachable` where the
        platform's keys cannot be had. A state is good for one try."""
        login, platform = self._ended(state)
        message = self._message(platform, login, id_token)
        same = browser is not None and hmac.compare_digest(login.browser, fingerprint(browser))
        ticket = secrets.token_urlsafe(32)
        launch = LtiLaunch(
            platform_id=platform.id,
            ticket=fingerprint(ticket),
            message=asdict(message),
            browser=login.browser if same else None,
        )
        with self._database.writing() as session:
            session.add(launch)
        launch.platform = platform
        return launch, ticket

    def _ended(self, state: str) -> tuple[LtiLogin, LtiPlatform]:
        with self._database.writing() as session:
            login = session.scalar(select(LtiLogin).where(LtiLogin.state == fingerprint(state)).with_for_update())
            if login is None or login.created_at < now() - BEGUN:
                raise LaunchRefused("state")
            platform = session.get_one(LtiPlatform, login.platform_id)
            session.delete(login)
        if not platform.active:
            raise LaunchRefused("unknown_platform", platform.issuer)
        return login, platform

    def _message(self, platform: LtiPlatform, login: LtiLogin, id_token: str) -> Message:
        claims = self._claims(platform, id_token)
        expected = JWTClaimsRegistry(
            leeway=CLOCKS,
            iss={"essential": True, "value": platform.issuer},
            aud={"essential": True, "value": platform.client_id},
            nonce={"essential": True, "value": login.nonce},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            expected.validate(claims)
            if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != platform.client_id:
                raise LaunchRefused("aud")
            message = read(claims)
        except ExpiredTokenError:
            raise LaunchRefused("exp") from None
        except (MissingClaimError, InvalidClaimError) as error:
            raise LaunchRefused(str(error.claim)) from None
        except Malformed as error:
            raise LaunchRefused("malformed", str(error)) from None
        if message.deployment not in platform.deployments:
            raise LaunchRefused("deployment", message.deployment)
        return message

    def _claims(self, platform: LtiPlatform, id_token: str) -> dict[str, Any]:
        for latest in (False, True):  # a platform that has a new key signs with it at once
            try:
                return jwt.decode(id_token, self._keys_of(platform, latest), algorithms=[ALGORITHM]).claims
            except (JoseError, ValueError):
                continue
        raise LaunchRefused("signature")

    def _keys_of(self, platform: LtiPlatform, latest: bool) -> KeySet:
        """The platform's keys, asked for once where many wait for them; where they cannot be had everybody is told so
        for a while, and nobody waits."""
        address = platform.jwks_url
        found = self._kept(address, latest)
        if found is None:
            with resting(), self._asking.setdefault(address, threading.Lock()):
                found = self._kept(address, latest)
                if found is None:
                    found = self._asked(address)
        if isinstance(found, outside.Unreachable):
            raise outside.Unreachable(str(found))
        return found

    def _kept(self, address: str, latest: bool) -> _Found | None:
        asked, found = self._keys.get(address, (float("-inf"), None))
        trouble = isinstance(found, outside.Unreachable)
        lasts = _TROUBLE_KEPT if trouble else _KEYS_ASKED_AGAIN if latest else _KEYS_KEPT
        return found if time.monotonic() - asked <= lasts else None

    def _asked(self, address: str) -> _Found:
        try:
            found: _Found = _key_set(outside.ask(address, self._allow_private))
        except outside.Unreachable as error:
            found = error
        self._keys[address] = time.monotonic(), found
        return found


def _key_set(answer: outside.Answer) -> KeySet:
    keys: list[Any] = []
    try:
        listed = json.loads(answer.body)["keys"] if answer.status == 200 else None
    except (ValueError, TypeError, KeyError, RecursionError):
        listed = None
    if not isinstance(listed, list):
        raise outside.Unreachable("The platform gives no keys at the address that is registered for them.")
    for entry in listed:
        if isinstance(entry, Mapping) and entry.get("kty") == "RSA":
            try:
                keys.append(RSAKey.import_key(dict(entry)))
            except (JoseError, ValueError, TypeError):
                continue  # one key that cannot be read leaves the others
    return KeySet(keys)
