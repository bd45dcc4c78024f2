"""A small learning platform: it signs people in, signs launches, gives tokens, and keeps columns, scores and a roster.

What it is sent it takes as strictly as the specifications allow a platform to: what is not right is declined.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import urlopen

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from joserfc.jwt import JWTClaimsRegistry

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership"
COURSE = "course-1"
CLIENT = "tool-1"
DEPLOYMENT = "deployment-1"


@dataclass(frozen=True)
class User:
    """Somebody of the platform."""

    id: str
    name: str
    email: str
    role: str = "Learner"
    status: str = "Active"

    @property
    def roles(self) -> list[str]:
        return [f"{ROLE}#{self.role}", "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"]


@dataclass
class Platform:
    """The platform at `address`, for the tool at `tool`. While it is `away` it answers everything with 503."""

    address: str
    tool: str
    users: dict[str, User] = field(default_factory=dict)
    columns: dict[int, dict[str, Any]] = field(default_factory=dict)
    scores: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)
    received: int = 0
    away: bool = False
    keys: list[RSAKey] = field(default_factory=lambda: [new_key()])
    asked_in_silence: threading.Event = field(default_factory=threading.Event)
    _messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _assertions: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def registration(self) -> dict[str, Any]:
        """What the tool's administrator enters."""
        return {
            "name": "A platform",
            "issuer": self.address,
            "client_id": CLIENT,
            "authorization_url": f"{self.address}/authorize",
            "token_url": f"{self.address}/token",
            "jwks_url": f"{self.address}/jwks",
            "deployments": [DEPLOYMENT],
        }

    def add_user(self, name: str, role: str = "Learner", email: str = "", status: str = "Active") -> User:
        """Somebody new in the course."""
        user = User(secrets.token_hex(8), name, email or f"{secrets.token_hex(4)}@school.example", role, status)
        self.users[user.id] = user
        return user

    def begins(self, user: User, **message: Any) -> dict[str, str]:
        """What the platform sends to the tool's login address when `user` follows a link: the claims of the `message`
        stand in the id_token in place of the usual ones, and without those that are None."""
        hint = secrets.token_hex(8)
        self._messages[hint] = message
        return {
            "iss": self.address,
            "login_hint": user.id,
            "target_link_uri": f"{self.tool}/lti/launch",
            "lti_message_hint": hint,
            "client_id": CLIENT,
            "lti_deployment_id": DEPLOYMENT,
        }

    def begins_at(self, user: User, **message: Any) -> str:
        """The address where that begins."""
        return f"{self.tool}/lti/login?{urlencode(self.begins(user, **message))}"

    def shows(self, user: User, **message: Any) -> str:
        """The path of a page of the platform that shows the tool in a frame."""
        return f"/shown?{urlencode({'address': self.begins_at(user, **message)})}"

    def resource(self, key: str, column: int | None = None, **custom: str) -> dict[str, Any]:
        """The claims of a launch from the link with this key, to which this column belongs."""
        endpoint: dict[str, Any] = {
            "scope": [f"{AGS}scope/lineitem", f"{AGS}scope/score"],
            "lineitems": f"{self.address}/{COURSE}/lineitems?type=1",
        }
        if column is not None:
            endpoint["lineitem"] = self.column(column)
        return {
            f"{LTI}message_type": "LtiResourceLinkRequest",
            f"{LTI}resource_link": {"id": key, "title": f"Link {key}"},
            f"{LTI}custom": custom,
            f"{AGS}claim/endpoint": endpoint,
        }

    def selection(self) -> dict[str, Any]:
        """The claims of a launch that asks what to link."""
        settings = {
            "deep_link_return_url": f"{self.address}/selected",
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "data": "opaque",
        }
        return {f"{LTI}message_type": "LtiDeepLinkingRequest", f"{DEEP}deep_linking_settings": settings}

    def id_token(self, user: User, nonce: str, message: Mapping[str, Any]) -> str:
        """The launch, signed."""
        at = int(time.time())
        claims = {
            "iss": self.address,
            "sub": user.id,
            "aud": CLIENT,
            "iat": at,
            "exp": at + 60,
            "nonce": nonce,
            "name": user.name,
            "email": user.email,
            f"{LTI}version": "1.3.0",
            f"{LTI}deployment_id": DEPLOYMENT,
            f"{LTI}target_link_uri": f"{self.tool}/lti/launch",
            f"{LTI}roles": user.roles,
            f"{LTI}context": {"id": COURSE, "title": "Deep learning"},
            f"{NRPS}claim/namesroleservice": {
                "context_memberships_url": f"{self.address}/{COURSE}/members",
                "service_versions": ["2.0"],
            },
        }
        message = dict(message)
        key = message.pop("signed with", self.keys[-1])
        kept = {name: value for name, value in {**claims, **message}.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self.keys[-1].kid}, kept, key, algorithms=["RS256"])

    def column(self, number: int) -> str:
        """The address of a column."""
        return f"{self.address}/{COURSE}/lineitems/{number}/lineitem?type=1"

    def score(self, user: User) -> tuple[float, float, str] | None:
        """The newest score of the user in any column: given, out of, and how far grading is."""
        found = [score for (_, who), score in self.scores.items() if who == user.id]
        if not found or "scoreGiven" not in found[-1]:
            return None
        return found[-1]["scoreGiven"], found[-1]["scoreMaximum"], found[-1]["gradingProgress"]

    def checked(self, token: str, audience: str) -> dict[str, Any] | None:
        """The claims of what the tool signed, if its signature holds, for this audience."""
        with urlopen(f"{self.tool}/lti/jwks", timeout=10) as answer:
            keys = KeySet.import_key_set(json.load(answer))
        registry = JWTClaimsRegistry(
            iss={"essential": True, "value": CLIENT},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
            registry.validate(claims)
        except (JoseError, ValueError):
            return None
        return claims

    # what it answers: (status, body, headers)

    def get_jwks(self, request: Request) -> Reply:
        return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}, {}

    def get_authorize(self, request: Request) -> Reply:
        asked = request.query
        right = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": CLIENT,
            "redirect_uri": f"{self.tool}/lti/launch",
        }
        user, message = self.users.get(asked["login_hint"]), self._messages.get(asked["lti_message_hint"])
        if any(asked.get(name) != value for name, value in right.items()) or user is None or message is None:
            return 400, {"error": "invalid_request"}, {}
        inputs = {"state": asked["state"], "id_token": self.id_token(user, asked["nonce"], message)}
        fields = "".join(f'<input type="hidden" name="{name}" value="{escape(text)}">' for name, text in inputs.items())
        page = f'<form action="{right["redirect_uri"]}" method="post">{fields}</form>'
        script = "<script>document.forms[0].submit()</script>"
        return 200, f"<!doctype html><title>Signing in</title>{page}{script}", {}

    def get_shown(self, request: Request) -> Reply:
        frame = f'<iframe src="{escape(request.query["address"])}" title="Tool" width="800" height="600"></iframe>'
        return 200, f'<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Course</title>{frame}', {}

    def post_selected(self, request: Request) -> Reply:
        said = self.checked(request.form["JWT"], self.address)
        if said is None or said[f"{DEEP}data"] != "opaque":
            return 400, {"error": "deep linking"}, {}
        [item] = said[f"{DEEP}content_items"]
        return 200, f"<!doctype html><title>Back</title><p>Linked: {escape(item['title'])}</p>", {}

    def post_token(self, request: Request) -> Reply:
        form = request.form
        claims = self.checked(form.get("client_assertion", ""), f"{self.address}/token")
        if claims is None or claims.get("sub") != CLIENT or claims.get("jti") in self._assertions:
            return 401, {"error": "invalid_client"}, {}
        if form.get("grant_type") != "client_credentials" or not form.get("client_assertion_type", "").startswith(
            "urn:"
        ):
            return 400, {"error": "unsupported_grant_type"}, {}
        self._assertions.add(claims["jti"])
        token = secrets.token_hex(16)
        self._tokens[token] = form["scope"]
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": form["scope"]}, {}

    def get_members(self, request: Request) -> Reply:
        if not self._may(request, f"{NRPS}scope/contextmembership.readonly"):
            return 403, {"error": "scope"}, {}
        users, start = list(self.users.values()), int(request.query.get("Bookmark", "A0")[1:])
        members = [
            {"user_id": user.id, "name": user.name, "email": user.email, "roles": user.roles, "status": user.status}
            for user in users[start : start + 2]
        ]
        more = start + 2 < len(users)  # the letter is told from its small one
        link = {"Link": f'<{self.address}/{COURSE}/members?Bookmark=A{start + 2}>; rel="next"'} if more else {}
        return 200, {"id": request.path, "context": {"id": COURSE}, "members": members}, link

    def get_lineitems(self, request: Request) -> Reply:
        if not self._may(request, f"{AGS}scope/lineitem"):
            return 403, {"error": "scope"}, {}
        wanted = request.query.get("resource_link_id")
        return 200, [item for item in self.columns.values() if wanted in (None, item.get("resourceLinkId"))], {}

    def post_lineitems(self, request: Request) -> Reply:
        item = request.json
        if not self._may(request, f"{AGS}scope/lineitem") or not item["scoreMaximum"] > 0 or not item["label"]:
            return 400, {"error": "line item"}, {}
        return 201, self.add_column(**item), {}

    def add_column(self, **item: Any) -> dict[str, Any]:
        """A new column."""
        number = len(self.columns) + 1
        self.columns[number] = {**item, "id": self.column(number)}
        return self.columns[number]

    def post_scores(self, request: Request) -> Reply:
        column, score = int(request.path.split("/")[3]), request.json
        if not self._may(request, f"{AGS}scope/score") or request.query.get("type") != "1":
            return 403, {"error": "scope"}, {}
        if column not in self.columns or score["userId"] not in self.users:
            return 404, {"error": "no such column, or user"}, {}
        at = datetime.fromisoformat(score["timestamp"])
        before = self.scores.get((column, score["userId"]))
        if at.tzinfo is None or (before and datetime.fromisoformat(before["timestamp"]) >= at):
            return 409, {"error": "timestamp"}, {}
        if ("scoreGiven" in score) != ("scoreMaximum" in score) or score.get("scoreMaximum", 1) <= 0:
            return 400, {"error": "score"}, {}
        assert score["activityProgress"] in ("Initialized", "Started", "InProgress", "Submitted", "Completed")
        assert score["gradingProgress"] in ("FullyGraded", "Pending", "PendingManual", "Failed", "NotReady")
        self.scores[column, score["userId"]] = score
        self.received += 1
        return 204, None, {}

    def _may(self, request: Request, scope: str) -> bool:
        return scope in self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "), "").split()


Reply = tuple[int, Any, dict[str, str]]


@dataclass(frozen=True)
class Request:
    """What the platform was asked."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@contextmanager
def platform_for(tool: str) -> Iterator[Platform]:
    """A platform that lives as long as the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    platform = server.platform = Platform(f"http://127.0.0.1:{server.server_address[1]}", tool)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield platform
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def new_key() -> RSAKey:
    """A key to sign with."""
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        self._answer("get")

    def do_POST(self) -> None:
        self._answer("post")

    def _answer(self, method: str) -> None:
        platform: Platform = self.server.platform  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(parts.path, dict(parse_qsl(parts.query)), self.headers, body)
        if parts.path == "/silent":  # for as long as the one who asks will wait
            platform.asked_in_silence.set()
            self.rfile.read()
            return
        view: Callable[[Request], Reply] | None = getattr(platform, f"{method}_{parts.path.rpartition('/')[2]}", None)
        if platform.away:
            status, said, headers = 503, {"error": "down for maintenance"}, {}
        elif view is None:
            status, said, headers = 404, {"error": "nothing here"}, {}
        else:
            with platform._lock:
                status, said, headers = view(request)
        content = said.encode() if isinstance(said, str) else b"" if said is None else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(said, str) else "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Quietly."""
