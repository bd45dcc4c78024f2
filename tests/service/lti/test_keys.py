"""The key pair that we sign with: made once, opened by the deployment's secret alone."""

from __future__ import annotations

from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import select

from service.lti.keys import Signer
from service.models import LtiKey
from tests.service.conftest import Parts


def test_a_pair_is_made_once_and_its_private_half_is_not_readable_without_the_secret(parts: Parts) -> None:
    first, second = (Signer(parts.database, parts.configuration.secret_key) for _ in range(2))
    keys = first.public()
    assert keys == second.public()
    assert set(keys["keys"][0]) == {"kty", "n", "e", "kid", "alg", "use"}  # and nothing private
    claims = jwt.decode(second.sign({"iss": "tool-1"}), KeySet.import_key_set(keys), algorithms=["RS256"]).claims
    assert claims["iss"] == "tool-1"
    assert claims["exp"] == claims["iat"] + 300
    with parts.database.reading() as session:
        [kept] = session.scalars(select(LtiKey))
    assert kept.private.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")


def test_another_secret_makes_another_pair_and_the_old_one_is_shown_no_more(parts: Parts) -> None:
    before = Signer(parts.database, parts.configuration.secret_key).public()
    signer = Signer(parts.database, "another secret of more than 32 characters")
    signed, after = signer.sign({}), signer.public()
    assert after != before
    assert len(after["keys"]) == 1
    assert jwt.decode(signed, KeySet.import_key_set(after), algorithms=["RS256"])
