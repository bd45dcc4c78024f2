"""A browser without a screen: it keeps cookies and fills in forms, and follows a redirection only when told to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, Request, build_opener


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any) -> None:
        return None


@dataclass(frozen=True)
class Page:
    """What came back from `url`."""

    url: str
    status: int
    headers: Any
    text: str

    @property
    def forms(self) -> list[tuple[str, dict[str, str]]]:
        """Where each form leads, and what it holds; of a choice the first."""
        found = []
        for attributes, inside in re.findall(r"<form([^>]*)>(.*?)</form>", self.text, re.S):
            action = re.search(r'action="([^"]*)"', attributes)
            holds = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', inside))
            for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', inside, re.S):
                holds[name] = re.findall(r'<option value="([^"]*)"', options)[0]
            goal = urljoin(self.url, unescape(action[1])) if action else self.url
            found.append((goal, {name: unescape(value) for name, value in holds.items()}))
        return found


@dataclass
class Visitor:
    """One browser. `headers` are sent with everything."""

    headers: dict[str, str] = field(default_factory=dict)
    _opener: OpenerDirector = field(default_factory=lambda: build_opener(_Stay, HTTPCookieProcessor(CookieJar())))

    def get(self, url: str, **headers: str) -> Page:
        """The page at `url`."""
        return self._ask(Request(url, headers={**self.headers, **headers}))

    def post(self, url: str, form: dict[str, str], **headers: str) -> Page:
        """What a form leads to."""
        return self._ask(Request(url, urlencode(form).encode(), headers={**self.headers, **headers}))

    def follow(self, page: Page) -> Page:
        """Where the page's redirections end."""
        while page.status in (302, 303):
            page = self.get(urljoin(page.url, page.headers["Location"]))
        return page

    def send(self, page: Page, leading: str, **fields: str) -> Page:
        """Sends the first form of the page whose address holds `leading`, filled in, and follows where that ends."""
        goal, holds = next((goal, holds) for goal, holds in page.forms if leading in goal)
        origin = {"Origin": re.match(r"https?://[^/]+", goal)[0], "Referer": page.url}  # type: ignore[index]
        return self.follow(self.post(goal, {**holds, **fields}, **origin))

    def _ask(self, request: Request) -> Page:
        try:
            answer = self._opener.open(request, timeout=30)
        except HTTPError as error:
            answer = error
        with answer:
            return Page(request.full_url, answer.status, answer.headers, answer.read().decode())
