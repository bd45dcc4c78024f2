"""What a platform does for us: its gradebook's columns and scores (AGS), and its rosters (NRPS).

Each request carries a token that the platform gave for its purpose, against an assertion that we signed:
https://www.imsglobal.org/spec/security/v1p0 (client credentials with a JSON Web Token).
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from service import outside
from service.lti.description import LINEITEM, MEMBERSHIP, SCORE
from service.lti.messages import words
from service.models import LtiPlatform

if TYPE_CHECKING:
    from service.lti.keys import Signer

MOST_PAGES = 100
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LINEITEM = "application/vnd.ims.lis.v2.lineitem+json"
_LINEITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
_SCORE = "application/vnd.ims.lis.v1.score+json"
_MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*?\brel="?next"?', re.IGNORECASE)


class Away(outside.Unreachable):
    """The platform cannot do anything for us now; `seconds`: it says when to come again."""

    def __init__(self, message: str, seconds: int = 0) -> None:
        super().__init__(message)
        self.seconds = seconds


class Declined(Exception):
    """The platform does not do this one thing; it may do others."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Services:
    """The services of one platform. Methods raise Away and Declined, and `outside.Unreachable`."""

    def __init__(self, platform: LtiPlatform, signer: Signer, allow_private: bool) -> None:
        self._platform, self._signer, self._allow_private = platform, signer, allow_private
        self._tokens: dict[str, tuple[float, str]] = {}

    def serves(self, platform: LtiPlatform) -> bool:
        """Whether the platform is still registered as it was."""
        names = ("client_id", "token_url", "audience")
        return all(getattr(platform, name) == getattr(self._platform, name) for name in names)

    def send_score(self, lineitem: str, score: Mapping[str, Any]) -> None:
        """Puts a score into a column."""
        parts = urlsplit(lineitem)  # what stands behind a question mark stays behind it
        address = urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/scores"))
        self._ask(address, SCORE, body=score, kind=_SCORE, accept="*/*")

    def find_lineitem(self, lineitems: str, resource_link: str, resource: str) -> str | None:
        """The column of this link of the platform, or of this `resource` of ours."""
        listed = list(self._pages(_with(lineitems, resource_link_id=resource_link), LINEITEM, _LINEITEMS))
        for name, value in (("resourceLinkId", resource_link), ("resourceId", resource)):
            for item in (entry for page in listed for entry in (page if isinstance(page, list) else ())):
                if isinstance(item, Mapping) and item.get(name) == value and isinstance(item.get("id"), str):
                    return str(item["id"])
        return None

    def make_lineitem(self, lineitems: str, item: Mapping[str, Any]) -> str:
        """A new column; its address."""
        made, _ = self._ask(lineitems, LINEITEM, body=item, kind=_LINEITEM, accept=_LINEITEM)
        if not isinstance(made, Mapping) or not isinstance(made.get("id"), str):
            raise Declined("The platform made a column and did not say where.")
        return str(made["id"])

    def members(self, memberships: str) -> Iterator[Mapping[str, Any]]:
        """The people of a course of the platform's."""
        for page in self._pages(memberships, MEMBERSHIP, _MEMBERS):
            listed = page.get("members") if isinstance(page, Mapping) else None
            if not isinstance(listed, list):
                raise Declined("The platform's roster is not in the form that it should have.")
            yield from (member for member in listed if isinstance(member, Mapping))

    def _pages(self, address: str, scope: str, accept: str) -> Iterator[Any]:
        for _ in range(MOST_PAGES):
            page, following = self._ask(address, scope, accept=accept)
            yield page
            if following is None:
                return
            address = urljoin(address, following)
        raise Declined(f"The platform's list has more than {MOST_PAGES} pages.")

    def _ask(
        self, address: str, scope: str, body: Mapping[str, Any] | None = None, kind: str = "", accept: str = ""
    ) -> tuple[Any, str | None]:
        """What the platform answers, and where the next page of it is."""
        headers = {"Authorization": f"Bearer {self._token(scope)}", "Accept": accept}
        sent = None
        if body is not None:
            headers["Content-Type"], sent = kind, json.dumps(body).encode()
        method = "GET" if sent is None else "POST"
        answer = outside.ask(address, self._allow_private, method, sent, headers)
        if answer.status == 401:
            self._tokens.pop(scope, None)
        if answer.status in (401, 429) or answer.status >= 500:
            raise Away(f"The platform answers with {answer.status}: {_said(answer)}", _seconds(answer))
        if not 200 <= answer.status < 300:
            raise Declined(f"The platform answers with {answer.status}: {_said(answer)}", answer.status)
        following = _NEXT.search(answer.headers.get("Link", ""))
        return _json(answer), following[1] if following else None

    def _token(self, scope: str) -> str:
        until, token = self._tokens.get(scope, (0.0, ""))
        if time.monotonic() < until:
            return token
        platform = self._platform
        claims = {
            "iss": platform.client_id,
            "sub": platform.client_id,
            "aud": platform.audience or platform.token_url,
            "jti": secrets.token_urlsafe(16),
        }
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": self._signer.sign(claims),
            "scope": scope,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = outside.ask(platform.token_url, self._allow_private, "POST", urlencode(form).encode(), headers)
        given = _json(answer) if answer.status == 200 else None
        if not isinstance(given, Mapping) or not isinstance(given.get("access_token"), str):
            raise Away(f"The platform gives no token ({answer.status}): {_said(answer)}", _seconds(answer))
        seconds = given.get("expires_in")
        lasts = float(seconds) if isinstance(seconds, int | float) else 60.0
        self._tokens[scope] = time.monotonic() + min(lasts, 3600.0) * 0.9, given["access_token"]
        return str(given["access_token"])


def _json(answer: outside.Answer) -> Any:
    if not answer.body.strip():
        return None
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _with(address: str, **query: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(query))))))


def _said(answer: outside.Answer) -> str:
    """The beginning of what it says, to be shown on one line."""
    return words(answer.body[:600].decode("utf-8", "replace"), 200)


def _seconds(answer: outside.Answer) -> int:
    text = answer.headers.get("Retry-After", "")
    return min(int(text), 86_400) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
