"""The OpenAPI document: made from the code, complete, and every error in it in the one shape."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from service import create_app
from service.api import PREFIX
from service.configuration import make_secrets

HEALTH = {(f"/api/v1/health{part}", "get") for part in ("", "/live", "/ready")}
OPEN = {*HEALTH, ("/api/v1/sign-in", "post")}  # what needs no token
ABOUT = {"/api/v1/openapi.json", "/api/v1/docs"}  # the document itself, and its page
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An application, for what it says about itself."""
    folder = tmp_path_factory.mktemp("document")
    return create_app({**make_secrets(Path(folder)), "GRADIENT_GRADER_DATA_DIR": str(folder)})


@pytest.fixture(scope="module")
def document(service: Any) -> Any:
    return service.test_client().get("/api/v1/openapi.json").json


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_it_describes_every_route(service: Any, document: Any) -> None:
    routes = {
        (re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in service.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and rule.rule not in ABOUT
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in operations(document)} == routes


def test_every_route_says_what_it_is_for(document: Any) -> None:
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    for path, method, operation in operations(document):
        assert operation["summary"].endswith("."), (path, method)
        assert all(tags[tag] for tag in operation["tags"]), (path, method)


def test_every_route_documents_the_errors_that_any_request_may_meet(document: Any) -> None:
    for path, method, operation in operations(document):
        wanted = (
            {"429", "500", "503"} | (set() if (path, method) in OPEN else {"401"}) | ({"404"} if "{" in path else set())
        )
        wanted |= {"400", "413", "415", "422"} if "requestBody" in operation else set()
        assert wanted <= set(operation["responses"]), (path, method)
        assert "default" not in operation["responses"]
        assert (operation.get("security") == []) == ((path, method) in OPEN), (path, method)


def test_every_error_has_the_one_shape_and_an_example_of_it(document: Any) -> None:
    for name, response in document["components"]["responses"].items():
        content = response["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Error"}, name
        assert set(content["example"]["error"]) == {"code", "message", "details"}
    assert set(document["components"]["schemas"]["ErrorBody"]["properties"]) == {"code", "message", "details"}
    assert "Retry-After" in document["components"]["responses"]["TOO_MANY_REQUESTS"]["headers"]


def test_every_reference_leads_somewhere(document: Any) -> None:
    for target in set(re.findall(r"'\$ref': '#/([^']+)'", str(document))):
        found = document
        for part in target.split("/"):
            found = found[part]
        assert found


def test_lists_are_paged_in_one_way(document: Any) -> None:
    for path, method, operation in operations(document):
        success = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
        if success.get("schema", {}).get("type") == "array":
            names = {parameter["name"] for parameter in operation["parameters"]}
            assert {"page", "page_size"} <= names, (path, method)
            assert "X-Pagination" in operation["responses"]["200"]["headers"], (path, method)


def test_a_hand_in_is_documented_as_json_and_as_a_file(document: Any) -> None:
    check = document["paths"]["/api/v1/exercises/{name}/check"]["post"]
    assert document["openapi"].startswith("3.1")
    assert set(check["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    assert {"200", "202"} <= set(check["responses"])
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
