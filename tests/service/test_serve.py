"""`gradient-grader serve`: everything in one command, stopped cleanly, kept alive, and plain about what is wrong."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.accounts import make_account
from service.authentication import make_token
from service.database import Database
from tests.service.client import Client
from tests.service.conftest import PROJECT, free_port, healthy
from tests.service.servers import process, until, workers_of

RIGHT = {"kind": "code", "source": "dfdx = y\ndfdy = x\n"}
SLOW = {"kind": "code", "source": "n = 0\nwhile n < 1_500_000:\n    n += 1\ndfdx = y\ndfdy = x\n"}


@dataclass(frozen=True)
class Served:
    """A service that was started by the one command."""

    process: subprocess.Popen[bytes]
    address: str
    data: Path

    @property
    def workers(self) -> list[int]:
        """The process ids of the workers."""
        return workers_of(self.process.pid)

    def client(self) -> Client:
        """Somebody new, signed in."""
        database = Database(f"sqlite:///{self.data}/grader.sqlite")
        try:
            with database.writing() as session:
                account = make_account(session, f"{time.time_ns()}@example.org", "Somebody")
                return Client(self.address, make_token(session, account, "tests"))
        finally:
            database.close()


def command(*arguments: str) -> list[str | Path]:
    return [sys.executable, "-m", "service", "serve", *arguments]


@contextmanager
def served(data: Path, *arguments: str, stderr: int | None = None) -> Iterator[Served]:
    port = free_port()
    started = command("--port", str(port), "--data", str(data), "--workers", "1", *arguments)
    with process(started, cwd=PROJECT, stdout=subprocess.PIPE, stderr=stderr, env=environment()) as running:
        address = f"http://127.0.0.1:{port}"
        until(lambda: healthy(Client(address)), every=0.1)
        yield Served(running, address, data)


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GRADIENT_GRADER_")}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def somebody_waits(data: Path) -> bool:
    """Whether somebody waits for a report: only then the web server listens for what workers ring."""
    try:
        os.close(os.open(data / "done", os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One that runs while several tests look at it."""
    with served(tmp_path_factory.mktemp("served") / "instance") as running:
        yield running


def test_one_command_stops_cleanly_finds_everything_again_and_leaves_nothing_when_killed(tmp_path: Path) -> None:
    data = tmp_path / "instance"
    with served(data, stderr=subprocess.STDOUT) as service:
        workers = service.workers
        assert len(workers) == 1
        client = service.client()
        done = client.post("/api/v1/exercises/multiply/check", RIGHT).json
        assert done["report"]["verdict"] == "match"
        until(lambda: not somebody_waits(data))
        slow = client.post("/api/v1/exercises/multiply/check?wait=0", SLOW)
        with ThreadPoolExecutor() as threads:
            waiter = threads.submit(client.get, slow.headers["location"] + "?wait=30")
            until(lambda: somebody_waits(data))
            began = time.monotonic()
            service.process.send_signal(signal.SIGTERM)
            assert waiter.result(10).json["status"] in ("queued", "grading")
            assert service.process.wait(15) == 0
            assert time.monotonic() - began < 10
        said = service.process.communicate(timeout=10)[0].decode()
        assert "Gradient Grader is at" in said
        assert "grading, with" in said
        assert "submission" not in said  # a newcomer's terminal still shows where to go
        assert "[hidden]" not in said
    assert not any(alive(pid) for pid in workers)
    with served(data) as service:
        again = Client(service.address, client.token)
        assert again.get(f"/api/v1/submissions/{done['id']}").json == done
        assert again.get(slow.headers["location"] + "?wait=20").json["report"]["verdict"] == "match"
        workers = service.workers
        os.kill(service.process.pid, signal.SIGKILL)
        service.process.wait()
        until(lambda: not any(alive(pid) for pid in workers))


def test_a_killed_worker_is_replaced_and_its_submission_graded(service: Served) -> None:
    client = service.client()
    made = client.post("/api/v1/exercises/multiply/check?wait=0", SLOW)
    until(lambda: client.get(made.headers["location"]).json["status"] == "grading")
    os.kill(service.workers[0], signal.SIGKILL)
    done = client.get(made.headers["location"] + "?wait=20").json
    assert done["report"]["verdict"] == "match", done["report"]["run"]


# What Python reads at its start: as long as there is a shortage no worker's sandbox holds.
SHORTAGE = """
import os, sys
if "worker" in sys.orig_argv and os.path.exists({shortage!r}):
    os.write(os.open({tries!r}, os.O_CREAT | os.O_WRONLY | os.O_APPEND), b".")
    os._exit(78)
"""


def test_a_worker_that_cannot_start_again_in_a_shortage_is_started_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shortage, tries = tmp_path / "shortage", tmp_path / "tries"
    (tmp_path / "sitecustomize.py").write_text(SHORTAGE.format(shortage=str(shortage), tries=str(tries)))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with served(tmp_path / "instance") as service:
        shortage.touch()
        os.kill(service.workers[0], signal.SIGKILL)
        until(lambda: tries.exists() and len(tries.read_bytes()) > 1)
        assert healthy(service.client())
        shortage.unlink()
        done = service.client().post("/api/v1/exercises/multiply/check?wait=30", RIGHT).json
        assert done["report"]["verdict"] == "match"


def test_a_taken_port_is_told_plainly(service: Served, tmp_path: Path) -> None:
    port = service.address.rpartition(":")[2]
    second = run("--port", port, "--data", str(tmp_path / "another"))
    assert second.returncode == 1
    assert f"Port {port} on 127.0.0.1 cannot be used (Address already in use)" in second.stderr
    assert "--port" in second.stderr
    assert "Traceback" not in second.stderr


def test_two_services_do_not_share_a_folder(service: Served) -> None:
    second = run("--port", "0", "--data", str(service.data))
    assert second.returncode == 1
    assert "Another gradient-grader serves from" in second.stderr


def test_students_code_is_never_run_unconfined_for_others_than_this_machine(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"):
        refused = run("--unsafe-no-sandbox", "--host", host, "--data", str(tmp_path / "instance"))
        assert refused.returncode == 2
        assert "serves this machine only" in refused.stderr
    assert not (tmp_path / "instance").exists()


def test_without_a_sandbox_the_service_is_loud_and_marks_every_report(tmp_path: Path) -> None:
    with served(tmp_path / "instance", "--unsafe-no-sandbox") as service:
        report = service.client().post("/api/v1/exercises/multiply/check", RIGHT).json["report"]
        assert "unsafe" in str(report["notes"])
        assert report["verdict"] == "match"


def test_where_the_sandbox_does_not_hold_nothing_is_served(tmp_path: Path) -> None:
    without_seccomp = [sys.executable, str(PROJECT / "tests" / "without.py"), "seccomp"]
    refused = subprocess.run(
        [*without_seccomp, *command("--port", "0", "--data", str(tmp_path / "instance"))],
        cwd=PROJECT, capture_output=True, text=True, timeout=60, env=environment(),
    )  # fmt: skip
    assert refused.returncode == 1
    assert "The sandbox does not hold here" in refused.stderr
    assert "Nothing is graded without a sandbox that holds" in refused.stderr


def test_a_wrong_setting_is_told_and_nothing_starts(tmp_path: Path) -> None:
    refused = subprocess.run(
        command("--port", "0", "--data", str(tmp_path / "instance")),
        cwd=PROJECT, capture_output=True, text=True, timeout=60,
        env={**environment(), "GRADIENT_GRADER_BROKER_URL": "amqp://there"},
    )  # fmt: skip
    assert refused.returncode == 1
    assert "GRADIENT_GRADER_BROKER_URL" in refused.stderr
    assert "Traceback" not in refused.stderr


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=PROJECT, capture_output=True, text=True, timeout=60, env=environment()
    )


def test_idle_connections_lock_nobody_out(tmp_path: Path) -> None:
    with served(tmp_path / "instance") as service, ExitStack() as idle:
        for _ in range(200):
            idle.enter_context(socket.create_connection(("127.0.0.1", int(service.address.rpartition(":")[2]))))
        assert service.client().get("/health").status == 200
