"""From a hand-in over HTTP to its report, at idle: the whole service as `serve --demo` starts it, once what the demo's
students handed in is graded and points are computed ahead."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.deadline import settled
from tests.benchmarks.processes import tree
from tests.service.conftest import free_port
from tests.service.servers import process, redis_server, until

HAND_INS = 60
WARM_UPS = 10
PAUSE = 0.1  # seconds between two


def hand_in_to_report(folder: Path, source: str, redis: bool) -> list[float]:
    """Seconds from sending a submission to holding its report, for HAND_INS submissions one after another, sorted."""
    with contextlib.ExitStack() as stack:
        environment = {**os.environ, "GRADIENT_GRADER_HAND_INS_PER_MINUTE": "80000"}
        if redis:
            environment["GRADIENT_GRADER_BROKER_URL"] = stack.enter_context(redis_server(free_port())) + "/0"
        command = [sys.executable, "-m", "service", "serve", "--demo", "--port", "0", "--data", str(folder)]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
        service = stack.enter_context(process(command, **quiet))
        written = folder / "demo.json"
        until(lambda: written.exists() and written.stat().st_size, seconds=90)
        demo = json.loads(written.read_text())
        token = next(a["token"] for a in demo["accounts"] if a["role"] == "student")
        assignment = next(a["id"] for a in demo["assignments"] if a["exercise"] == "two-layer")
        connection = http.client.HTTPConnection(urlsplit(demo["address"]).netloc)
        stack.callback(connection.close)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

        def ask(method: str, path: str, body: str | None = None) -> dict[str, Any]:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            data: dict[str, Any] = json.loads(answer.read())
            assert answer.status in (200, 202), data
            return data

        body = json.dumps({"kind": "code", "source": source})

        def hand_in() -> float:
            before = time.perf_counter()
            done = ask("POST", f"/api/v1/assignments/{assignment}/submissions?wait=30", body)
            lasted = time.perf_counter() - before
            assert done["report"]["verdict"] == "mismatch", done
            time.sleep(PAUSE)
            return lasted

        for _ in range(WARM_UPS):
            hand_in()
        settled(tree(service.pid), 120)
        return sorted(hand_in() for _ in range(HAND_INS))
