"""Whatever is sent to any route of the document: never a 5xx, no status that is not documented, no answer that does not
conform to its schema. schemathesis makes the requests, the same at every run.

For a longer look: `SCHEMATHESIS_HOOKS=tests.service.fuzzing st run ADDRESS/api/v1/openapi.json -H "Authorization: …"`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.service.conftest import PROJECT, Embedded, Parts, Place, healthy, make_parts
from tests.service.servers import until

NOT_ASKED = (
    "positive_data_acceptance",  # a schema cannot say which exercises there are, and who may see them
    "allow_header_conformance",  # /exercises/{name} also matches the address of another route
)


@pytest.fixture
def alone(place: Place, tmp_path: Path) -> Iterator[Parts]:
    """A running service that nobody else looks at."""
    with make_parts(place, tmp_path) as made, ExitStack() as stack:
        port = made.configuration.public_url.rpartition(":")[2]
        stack.enter_context(made.start("web", "--port", port))
        stack.enter_context(made.start("worker", "--name", "worker-1"))
        until(lambda: healthy(made.client()), every=0.1, seconds=60)
        yield made


def test_every_route_answers_as_documented_whatever_is_sent(alone: Parts, place: Place, tmp_path: Path) -> None:
    somebody = "student" if isinstance(place, Embedded) else "instructor"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run"),
        f"{alone.configuration.public_url}/api/v1/openapi.json",
        *("--header", f"Authorization: Bearer {alone.school.tokens[somebody]}"),
        *("--exclude-checks", ",".join(NOT_ASKED)),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--seed", "1"),
        *("--generation-deterministic", "--continue-on-failure", "--no-color", "--warnings", "off"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "SCHEMATHESIS_HOOKS": "tests.service.fuzzing"}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
