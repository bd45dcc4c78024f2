"""A real browser, and what is true of every page in it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, ViewportSize, sync_playwright

FLAGS = (
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOOK_OVER = (Path(__file__).parent / "look_over.js").read_text(encoding="utf-8")
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """async () => {
  const levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const { violations } = await axe.run(document, { runOnly: levels, resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => [id, nodes.map((node) => [node.html.slice(0, 160), node.failureSummary])]);
}"""
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1440, "height": 900}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; without it the test is skipped, on the build machine it fails."""
    path = shutil.which("chromium")
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("not tested in a browser: chromium not found")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page in a browser of its own, as one reader; `complaints` is what the console said."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Opens the page at `path`."""
        self.page.goto(self.address + path)

    def see(self, name: str) -> Locator:
        """The section of that heading, brought near, so that what is drawn there is."""
        section = self.page.get_by_role("region", name=name)
        section.scroll_into_view_if_needed()
        return section

    def look_over(self) -> None:
        """What has to hold on every page: nothing complained, nothing sticks out, and it is accessible."""
        assert self.complaints == []
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{self.page.url} is too wide"
        found: list[Any] = self.page.evaluate(LOOK_OVER)
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        found += self.page.evaluate(RUN_AXE)
        assert found == [], f"{self.page.url}: {json.dumps(found, ensure_ascii=False, indent=1)}"


@contextmanager
def visit(browser: Browser, address: str, token: str = "", **options: Any) -> Iterator[Visit]:
    """A fresh browser profile, signed in with the token if there is one."""
    context = browser.new_context(**{"viewport": DESK, "locale": "en-GB", **options})
    try:
        made = Visit(context.new_page(), address)

        def listen(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                made.complaints.append(message.text)

        made.page.on("console", listen)
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        if token:
            made.go(f"/sign-in/{token}")
        yield made
    finally:
        context.close()
