"""Without a lock, for a laptop without Linux: the same answers, and it says what it is."""

from collections.abc import Iterator

import pytest

from grader.sandbox import Layers, Limits, Sandbox
from tests.grader.sandbox.jobs import HONEST, failed, finished, number, script


@pytest.fixture(scope="module")
def unlocked() -> Iterator[Sandbox]:
    with Sandbox(unsafe=True) as sandbox:
        yield sandbox


def test_it_says_that_it_is_not_locked(unlocked: Sandbox) -> None:
    assert unlocked.unsafe
    assert unlocked.probe() == Layers(seccomp=False, landlock=0, rlimits=False, unsafe=True)


def test_it_answers_as_the_sandbox_does(unlocked: Sandbox, sandbox: Sandbox) -> None:
    job = script("import os\nos.write(1, b'noise')\nprint('hello')\n" + HONEST, 3.0, 5.0)
    one, other = finished(unlocked.run(job)), finished(sandbox.run(job))
    assert [number(found.candidates["dx"]) for found in one.answers] == [6.0, 10.0]
    assert (one.stdout, one.notes, one.interface) == (other.stdout, other.notes, other.interface)


def test_it_tells_failures_as_the_sandbox_does(unlocked: Sandbox) -> None:
    assert failed(unlocked.run(script("dx = = 1"))).code == "syntax_error"
    assert failed(unlocked.run(script("import os; dx = 1; os._exit(3)"))).parameters == {"status": 3}
    assert failed(unlocked.run(script("import ctypes; dx = 1; ctypes.string_at(0)"))).status == "crashed"


def test_it_stops_what_does_not_end(unlocked: Sandbox) -> None:
    outcome = failed(unlocked.run(script("dx = 1\nwhile True: pass"), Limits(wall_seconds=0.5)))
    assert (outcome.status, outcome.line) == ("timed_out", 2)
