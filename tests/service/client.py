"""A small HTTP client, and what is true of every answer."""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

ERROR_KEYS = {"code", "message", "details"}


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Requests to `address`, with a bearer token if there is one."""

    address: str
    token: str | None = None

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self.request("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})

    def put(self, path: str, body: Any, **headers: str) -> Answer:
        return self.request("PUT", path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return self.request("PATCH", path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})

    def delete(self, path: str, **headers: str) -> Answer:
        return self.request("DELETE", path, headers=headers)

    def upload(self, path: str, content: bytes, filename: str = "student.py", **headers: str) -> Answer:
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        return self.request("POST", path, body, {"Content-Type": kind, **headers})

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        with self.sent(method, path, body, headers) as answer:
            return answer()

    @contextmanager
    def sent(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[Callable[[], Answer]]:
        """A request that is on its way, and what waits for its answer."""
        sent = dict(headers or {})
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        with closing(http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=40)) as connection:
            connection.request(method, path, body, sent)

            def answer() -> Answer:
                response = connection.getresponse()
                return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

            yield answer


@dataclass(frozen=True)
class Direct(Client):
    """The same requests to an application in this process."""

    app: Flask | None = None

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        assert self.app is not None
        sent = dict(headers or {})
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        response = self.app.test_client().open(path, method=method, data=body, headers=sent)
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.data)


def assert_error(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The one shape of every error; its inside."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json) == {"error"}
    error: dict[str, Any] = answer.json["error"]
    assert set(error) == ERROR_KEYS
    assert error["code"] == code
    assert error["message"]
    assert isinstance(error["details"], dict)
    return error
