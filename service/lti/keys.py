"""The key pair that we sign with. It is made when it is first needed and kept in the database, its private half
encrypted under the deployment's secret key; another secret key means another pair."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeyParameters, RSAKey
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.database import Database
from service.models import LtiKey

ALGORITHM = "RS256"  # the one that LTI requires of everybody
BITS = 2048
_USE: KeyParameters = {"use": "sig", "alg": ALGORITHM}
_NEWEST = select(LtiKey).order_by(LtiKey.id.desc()).limit(1)


class Signer:
    """Signs with the deployment's pair, which it makes where there is none that `secret_key` opens."""

    def __init__(self, database: Database, secret_key: str) -> None:
        self._database = database
        self._password = hashlib.sha256(f"lti {secret_key}".encode()).hexdigest()
        self._opened: RSAKey | None = None

    def sign(self, claims: Mapping[str, Any], seconds: int = 300) -> str:
        """A JSON Web Token with these claims, that is good for so many seconds."""
        issued = int(time.time())
        key = self._key()
        header = {"alg": ALGORITHM, "kid": key.kid}
        return jwt.encode(header, {**claims, "iat": issued, "exp": issued + seconds}, key, algorithms=[ALGORITHM])

    def public(self) -> dict[str, Any]:
        """The public half, as a set of JSON Web Keys: what platforms check our signatures with."""
        return {"keys": [self._key().as_dict(private=False)]}

    def _key(self) -> RSAKey:
        with self._database.reading() as session:
            key = self._open(session.scalar(_NEWEST))
        if key is None:
            with self._database.writing() as session:
                key = self._open(session.scalar(_NEWEST)) or self._make(session)
        self._opened = key
        return key

    def _open(self, kept: LtiKey | None) -> RSAKey | None:
        if kept is None:
            return None
        kid = kept.public["kid"]
        if self._opened is not None and self._opened.kid == kid:
            return self._opened
        try:
            return RSAKey.import_key(kept.private, {**_USE, "kid": kid}, password=self._password)
        except (ValueError, JoseError):  # made under an earlier secret key
            return None

    def _make(self, session: Session) -> RSAKey:
        """Processes that do so at the same time all go on with the last one's."""
        key = RSAKey.generate_key(BITS, _USE, auto_kid=True)
        private = key.as_pem(private=True, password=self._password).decode()
        session.execute(delete(LtiKey))
        session.add(LtiKey(public=dict(key.as_dict(private=False)), private=private))
        return key
