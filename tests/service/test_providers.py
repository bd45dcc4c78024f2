"""Sign-in at a provider of OpenID Connect: who gets in, and everything that does not."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
import requests
from flask.testing import FlaskClient
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service import openid
from service.configuration import Configuration, ConfigurationError, make_secrets
from service.models import Account, Identity
from tests.service.conftest import Embedded, Parts, make_parts
from tests.service.provider import CLIENT_ID, CLIENT_SECRET, Provider, provider_server


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with provider_server() as server:
        yield server


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    return Embedded(tmp_path_factory.mktemp("school"))


@pytest.fixture
def school(provider: Provider, place: Embedded, tmp_path: Path) -> Iterator[Parts]:
    """The school, where people sign in at the provider too."""
    provider.become("ada", email="ada@provider.example", name="Ada", email_verified=True)
    settings = {
        "GRADIENT_GRADER_OIDC_ISSUER": provider.address,
        "GRADIENT_GRADER_OIDC_CLIENT_ID": CLIENT_ID,
        "GRADIENT_GRADER_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "GRADIENT_GRADER_OIDC_NAME": "University",
    }
    with make_parts(place, tmp_path, **settings) as parts:
        yield parts


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any) -> None:
        """No further: our own client goes on from here."""


def to_provider_and_back(client: FlaskClient) -> str:
    """The path that the provider sends the browser back to."""
    there = client.get("/provider")
    assert there.status_code == 302, there.text
    return back_from(there.headers["Location"])


def to_link_and_back(client: FlaskClient) -> str:
    """The same of somebody signed in, who asks on the page of their account to be linked."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)
    assert token
    there = client.post("/provider/link", data={"csrf_token": token[1]})
    address = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', there.text)
    assert address, there.text
    assert f'href="{address[1]}"' in there.text, "for browsers that do not go by themselves"
    return back_from(html.unescape(address[1]))


def back_from(address: str) -> str:
    """Where the provider's page sends the browser to."""
    with pytest.raises(HTTPError) as sent:
        build_opener(_Stay).open(address, timeout=10)
    sent.value.close()
    back = urlsplit(sent.value.headers["Location"])
    assert back.path == "/provider/back"
    return f"{back.path}?{back.query}"


def sign_in(school: Parts) -> tuple[FlaskClient, TestResponse]:
    client = school.app.test_client()
    return client, client.get(to_provider_and_back(client))


def count(school: Parts, what: Any) -> int:
    with school.database.reading() as session:
        return session.execute(select(func.count()).select_from(what)).scalar_one()


def test_somebody_new_gets_an_account_and_the_same_one_the_next_time(school: Parts) -> None:
    before = count(school, Account)
    client, answer = sign_in(school)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Ada" in client.get("/").text
    assert count(school, Account) == before + 1
    client, answer = sign_in(school)
    assert answer.status_code == 303
    assert count(school, Account) == before + 1


def test_somebody_known_is_known_by_the_subject_whatever_the_address_is(school: Parts, provider: Provider) -> None:
    sign_in(school)
    provider.become("ada", email="student@example.org", name="Ada", email_verified=True)
    client, answer = sign_in(school)
    assert answer.status_code == 303
    assert "ada@provider.example" in client.get("/account").text


def test_an_address_that_has_an_account_is_not_taken_over(school: Parts, provider: Provider) -> None:
    provider.become("mallory", email="Student@example.org", name="Mallory", email_verified=True)
    client, answer = sign_in(school)
    assert answer.status_code == 422
    assert "Sign in to it first" in answer.text
    assert client.get("/account").status_code == 302
    assert count(school, Identity) == 0


@pytest.mark.parametrize("claims", [{}, {"email": "x@provider.example"}, {"email": "x", "email_verified": True}])
def test_an_address_that_is_not_vouched_for_makes_no_account(
    school: Parts, provider: Provider, claims: dict[str, Any]
) -> None:
    before = count(school, Account)
    provider.become("somebody", name="Somebody", **claims)
    _, answer = sign_in(school)
    assert answer.status_code == 422
    assert "does not vouch" in answer.text
    assert count(school, Account) == before


def test_the_owner_of_an_account_links_it_and_signs_in_with_it_from_then_on(school: Parts, provider: Provider) -> None:
    provider.become("student-at-university")
    owner = school.app.test_client()
    owner.get(f"/sign-in/{school.school.tokens['student']}")
    linked = owner.get(to_link_and_back(owner))
    assert (linked.status_code, linked.headers["Location"]) == (303, "/account")
    assert "You can sign in with University" in owner.get("/account").text
    client, answer = sign_in(school)
    assert answer.status_code == 303
    assert "student@example.org" in client.get("/account").text


def test_no_other_site_begins_to_link_an_account(school: Parts) -> None:
    client = school.app.test_client()
    client.get(f"/sign-in/{school.school.tokens['student']}")
    assert client.get("/provider/link").status_code == 405
    assert client.post("/provider/link").status_code == 400, "without the token of a form of ours"
    assert client.get(to_provider_and_back(client)).status_code == 303, "signed in as whom the provider says"
    assert "student@example.org" not in client.get("/account").text


def test_an_identity_belongs_to_one_account_only(school: Parts, provider: Provider) -> None:
    sign_in(school)
    other = school.app.test_client()
    other.get(f"/sign-in/{school.school.tokens['student']}")
    answer = other.get(to_link_and_back(other))
    assert answer.status_code == 422
    assert "belongs to another account" in answer.text
    assert count(school, Identity) == 1


def test_a_link_that_was_begun_by_one_person_is_not_ended_by_another(school: Parts) -> None:
    client = school.app.test_client()
    client.get(f"/sign-in/{school.school.tokens['student']}")
    back = to_link_and_back(client)
    with client.session_transaction() as session:
        session.pop("_user_id")
    assert client.get(back).status_code == 422
    assert count(school, Identity) == 0


LIES: dict[str, dict[str, Any]] = {
    "the nonce of somebody else": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "another audience": {"claims": {"aud": "another client"}},
    "another audience for us": {"claims": {"aud": "another client", "azp": CLIENT_ID}},
    "another issuer": {"claims": {"iss": "https://elsewhere.example"}},
    "expired": {"claims": {"exp": int(time.time()) - 3_600, "iat": int(time.time()) - 7_200}},
    "no end": {"claims": {"exp": None}},
    "no subject": {"claims": {"sub": None}},
    "an endless subject": {"claims": {"sub": "x" * 300}},
    "unsigned": {"algorithm": "none"},
    "the key of somebody else": {"key": RSAKey.generate_key(2048, {"kid": "one"})},
    "signed with the client's secret": {"algorithm": "HS256", "key": OctKey.import_key(CLIENT_SECRET)},
}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # of the lies' own weak keys
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_token_that_is_not_for_us_here_and_now_lets_nobody_in(
    school: Parts, provider: Provider, lie: dict[str, Any]
) -> None:
    for name, value in lie.items():
        setattr(provider, name, value)
    before = count(school, Account)
    client, answer = sign_in(school)
    assert answer.status_code == 503
    assert "The sign-in service does not answer as it should" in answer.text
    assert client.get("/account").status_code == 302
    assert count(school, Account) == before


def test_what_comes_back_has_to_be_what_was_sent(school: Parts) -> None:
    client = school.app.test_client()
    back = to_provider_and_back(client)
    assert school.app.test_client().get(back).status_code == 422, "another browser"
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert client.get(f"/provider/back?code={code}&state=another").status_code == 422
    assert client.get("/provider/back?error=access_denied").status_code == 422
    assert client.get("/provider/back").status_code == 422
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 422, "a second time"


def test_who_begins_often_can_still_end_what_was_begun_last(school: Parts) -> None:
    client = school.app.test_client()
    backs = [to_provider_and_back(client) for _ in range(20)]
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert len(cookie.value) < 2000
    assert client.get(backs[0]).status_code == 422, "too long ago"
    assert client.get(backs[-2]).status_code == 303, "in the window before the last"


def test_while_the_provider_is_asked_others_are_served(school: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []
    rests = False

    @contextmanager
    def noted() -> Iterator[None]:
        nonlocal rests
        rests = True
        yield
        rests = False

    def noting(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        asked.append((urlsplit(str(request.url)).path, rests))
        return send(session, request, **options)

    send = requests.Session.send
    monkeypatch.setattr(openid, "resting", noted)
    monkeypatch.setattr(requests.Session, "send", noting)
    assert sign_in(school)[1].status_code == 303
    assert asked == [("/.well-known/openid-configuration", True), ("/token", True), ("/keys", True)]


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "http://elsewhere.example/keys"},
        {"authorization_endpoint": None},
    ],
)
def test_a_provider_that_is_not_what_it_should_be_is_not_gone_to(
    school: Parts, provider: Provider, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    assert school.app.test_client().get("/provider").status_code == 503
    provider.metadata = {}
    assert school.app.test_client().get("/provider").status_code == 302, "and is gone to again when it is"


def test_a_provider_that_is_away_is_told_as_such(place: Embedded, tmp_path: Path) -> None:
    settings = {"ISSUER": "http://127.0.0.1:9", "CLIENT_ID": "x", "CLIENT_SECRET": "y"}
    with make_parts(place, tmp_path, **{f"GRADIENT_GRADER_OIDC_{k}": v for k, v in settings.items()}) as parts:
        assert parts.app.test_client().get("/provider").status_code == 503


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"ISSUER": "http://elsewhere.example", "CLIENT_ID": "x", "CLIENT_SECRET": "y"}, "OIDC_ISSUER"),
        ({"ISSUER": "elsewhere.example", "CLIENT_ID": "x", "CLIENT_SECRET": "y"}, "OIDC_ISSUER"),
        ({"ISSUER": "https://elsewhere.example", "CLIENT_SECRET": "y"}, "OIDC_CLIENT_ID is not set"),
        ({"ISSUER": "https://elsewhere.example", "CLIENT_ID": "x"}, "OIDC_CLIENT_SECRET is not set"),
    ],
)
def test_a_provider_is_configured_whole_and_safe(tmp_path: Path, wrong: dict[str, str], told: str) -> None:
    given = {f"GRADIENT_GRADER_OIDC_{name}": value for name, value in wrong.items()}
    with pytest.raises(ConfigurationError, match=told):
        Configuration.from_environment({**make_secrets(tmp_path), **given})
