"""Platforms are registered by administrators only, with addresses that are safe to ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from service.accounts import make_account
from service.administration import admin
from service.authentication import make_token
from service.configuration import Configuration, make_secrets
from service.database import Database
from service.models import AuditEntry, LtiPlatform
from tests.service.client import Client, assert_error
from tests.service.conftest import Parts

PLATFORMS = "/api/v1/lti/platforms"
CANVAS = {
    "name": "Canvas",
    "issuer": "https://canvas.instructure.com",
    "client_id": "10000000000001",
    "authorization_url": "https://sso.canvaslms.com/api/lti/authorize_redirect",
    "token_url": "https://sso.canvaslms.com/login/oauth2/token",
    "jwks_url": "https://sso.canvaslms.com/api/lti/security/jwks",
    "deployments": ["1:abc"],
    "origins": ["https://school.instructure.com"],
}


@pytest.fixture(scope="module")
def administrator(running: Parts) -> Client:
    """The administrator of the running service."""
    with running.database.writing() as session:
        account = make_account(session, "platforms@administrators.example", "An administrator")
        account.administrator = True
        return Client(running.configuration.public_url, make_token(session, account, "tests"))


def patch(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.request("PATCH", path, json.dumps(body).encode(), {"Content-Type": "application/json"})


def test_an_administrator_registers_and_changes_a_platform_and_it_is_recorded(
    running: Parts, administrator: Client
) -> None:
    made = administrator.post(PLATFORMS, CANVAS)
    assert made.status == 201
    assert {**made.json, **CANVAS} == made.json
    assert (made.json["active"], made.json["makes_courses"]) == (True, False)
    path = f"{PLATFORMS}/{made.json['id']}"
    changed = patch(administrator, path, {"deployments": ["1:abc", "2:def", "2:def"], "active": False})
    assert (changed.status, changed.json["deployments"], changed.json["active"]) == (200, ["1:abc", "2:def"], False)
    assert administrator.get(path).json == changed.json
    assert changed.json in administrator.get(PLATFORMS).json
    again = administrator.post(PLATFORMS, CANVAS)
    assert_error(again, 422, "invalid")
    with running.database.reading() as session:
        kept = session.scalars(select(AuditEntry).where(AuditEntry.kind == "platform").order_by(AuditEntry.id)).all()
    assert [entry.action for entry in kept if entry.number == made.json["id"]] == ["create", "change"]
    assert kept[-1].details["before"]["active"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"jwks_url": "http://sso.canvaslms.com/keys"},
        {"token_url": "https://127.0.0.1/token"},
        {"token_url": "https://[::ffff:192.168.0.1]/token"},
        {"authorization_url": "javascript:alert(1)"},
        {"issuer": ""},
        {"issuer": " https://canvas"},
        {"issuer": "x" * 256},
        {"client_id": "nul\0"},
        {"client_id": 5},
        {"name": "\ud800"},
        {"deployments": [""]},
        {"deployments": "1"},
        {"deployments": [str(number) for number in range(1_001)]},
        {"origins": ["https://school.example/path"]},
        {"origins": ["https://school.example; script-src *"]},
        {"origins": ["*"]},
        {"makes_courses": "perhaps"},
        {"unknown": 1},
        {"jwks_url": None},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_setting_that_cannot_be_is_refused_by_its_name(administrator: Client, wrong: dict[str, Any]) -> None:
    error = assert_error(administrator.post(PLATFORMS, {**CANVAS, "client_id": "another", **wrong}), 422, "invalid")
    assert set(error["details"]) == set(wrong)


def test_what_is_not_there_is_not_found(running: Parts, administrator: Client) -> None:
    assert_error(administrator.get(f"{PLATFORMS}/987654"), 404, "not_found")
    path, instructor = f"/api/v1/courses/{running.school.course}/platforms", running.client("instructor")
    assert_error(instructor.post(f"{path}/987654/roster", {}), 404, "not_found")
    assert_error(instructor.delete(f"{path}/987654"), 404, "not_found")


def test_the_tool_tells_platforms_what_they_need(running: Parts) -> None:
    address, client = running.configuration.public_url, Client(running.configuration.public_url)
    told = client.get("/lti/configuration").json
    assert told["oidc_initiation_url"] == f"{address}/lti/login"
    assert told["target_link_uri"] == f"{address}/lti/launch"
    assert told["public_jwk_url"] == f"{address}/lti/jwks"
    [key] = client.get("/lti/jwks").json["keys"]
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")


def test_platforms_are_registered_by_command(tmp_path: Path) -> None:
    variables = {**make_secrets(tmp_path), "GRADIENT_GRADER_DATA_DIR": str(tmp_path)}

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(admin, ["lti-platform", *arguments], env=variables)

    urls = [f"--{name}-url=https://moodle.example/{name}" for name in ("authorization", "token", "jwks")]
    made = run("add", "https://moodle.example", "tool", *urls)
    assert made.exit_code == 0, made.output
    assert "change 1 --deployment ID" in made.output
    assert run("change", "1", "--deployment", "1", "--makes-courses", "--name", "Moodle").exit_code == 0
    assert run("change", "1", "--deployment", "2", "--inactive").exit_code == 0
    listed = run("list").output
    assert "Moodle (inactive): https://moodle.example tool" in listed
    assert "deployments: 1, 2" in listed
    assert "oidc_initiation_url: http://127.0.0.1:8000/lti/login" in listed
    refused = run("add", "https://moodle.example", "tool", *urls)
    assert refused.exit_code == 1
    assert "registered already" in refused.output
    refused = run("add", "https://other.example", "tool", *urls[:2], "--jwks-url=http://other.example/keys")
    assert refused.exit_code == 1
    assert "does not start with https://" in refused.output
    assert run("change", "7", "--active").exit_code == 1
    database = Database(Configuration.from_environment(variables).database_url)
    with database.reading() as session:
        platform = session.scalars(select(LtiPlatform)).one()
        assert (platform.makes_courses, platform.active) == (True, False)
    database.close()
