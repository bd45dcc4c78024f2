"""The demo course, served by the one command, for those who look at it in a browser."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.service.client import Client
from tests.service.conftest import PROJECT, free_port, healthy
from tests.service.pages.browsing import Visit, chromium, visit
from tests.service.servers import process, until, workers_of


@dataclass(frozen=True)
class Demo:
    """The running demo: what `demo.json` says, and a browser."""

    data: dict[str, Any]
    file: Path
    browser: Browser
    pid: int

    @contextmanager
    def held(self) -> Iterator[None]:
        """Its workers stand still: what is handed in waits."""
        workers = workers_of(self.pid)
        try:
            for worker in workers:
                os.kill(worker, signal.SIGSTOP)
            yield
        finally:
            for worker in workers:
                os.kill(worker, signal.SIGCONT)

    def as_(self, name: str, **options: Any) -> AbstractContextManager[Visit]:
        """The browser of the person whose address starts with `name`."""
        return visit(self.browser, self.data["address"], self.token(name), **options)

    def token(self, name: str) -> str:
        """Their token; none for nobody."""
        return next((a["token"] for a in self.data["accounts"] if name and a["email"].startswith(name)), "")

    def assignment(self, exercise: str) -> int:
        """The number of the assignment of this exercise."""
        return next(int(a["id"]) for a in self.data["assignments"] if a["exercise"] == exercise)

    def path(self, reader: Visit, place: str) -> str:
        """The path that `place` stands for: "{exercise} n" is the reader's n-th attempt. People are called as `as_` has
        it."""
        numbers = {a["exercise"]: a["id"] for a in self.data["assignments"]}
        numbers |= {a["email"].partition("@")[0]: a["id"] for a in self.data["accounts"]}
        place = place.format(course=self.data["course"]["id"], **numbers)
        if place.startswith("/"):
            return place
        assignment, attempt = place.split()
        reader.go(f"/assignments/{assignment}")
        links = reader.page.locator("section[aria-labelledby=attempts] tbody a")
        return str(links.nth(links.count() - int(attempt)).get_attribute("href"))


@contextmanager
def served(folder: Path) -> Iterator[Demo]:
    """`serve --demo` with its data in `folder`, once all that its students handed in is graded."""
    port = free_port()
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "service",
        "serve",
        "--demo",
        "--port",
        str(port),
        "--data",
        folder,
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRADIENT_GRADER_")}
    with process(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        address = f"http://127.0.0.1:{port}"
        until(lambda: healthy(Client(address)), 60, every=0.2)
        file = folder / "demo.json"
        data = json.loads(file.read_text(encoding="utf-8"))
        teacher = next(a for a in data["accounts"] if a["role"] == "instructor")
        client = Client(address, teacher["token"])
        until(lambda: all_graded(client, data["course"]["id"]), 120, every=0.5)
        with chromium() as browser:
            yield Demo(data, file, browser, running.pid)


def all_graded(client: Client, course: int) -> bool:
    """Whether nothing in the course waits."""
    book = client.get(f"/api/v1/courses/{course}/gradebook").json
    return not any(standing["waiting"] for row in book["students"] for standing in row["standings"])
