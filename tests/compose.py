"""The containers, brought up, used and broken for real. On demand only, about three minutes; needs Docker with Compose:

    python -m pytest tests/compose.py

The project is called gradient-grader-check, so a running service is not touched; its volumes are removed at the end.
What Compose takes from the environment (COMPOSE_FILE with override files, DOCKER_HOST) holds here as well.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent.parent
RIGHT = "dx = y\ndy = x\n"
WRONG = "dx = x\ndy = x\n"
BRISK = "for i in range(200_000): pass\n" + RIGHT
SLOW = "for i in range(2_000_000): pass\n" + RIGHT  # for every trial anew: about half a second in all

HOSTILE = (
    "import os\nos.kill(os.getppid(), 9)\n",
    "print(open('/secrets/secret_key').read())\n",
    "while True: pass\n",
)

MAKE_TOKENS = """
from service import create_app
from service.accounts import make_account
from service.authentication import make_token
from service.database import writing
app = create_app()
with app.app_context(), writing() as session:
    for number in range(8):
        print(make_token(session, make_account(session, f"check{number}@example.org", f"Check {number}"), "check"))
"""

KILL_WORKER = """
import os, pathlib, signal
for line in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
    if b"service\\0worker" in line.read_bytes() and line.parent.name != "1":
        os.kill(int(line.parent.name), signal.SIGKILL)
"""


class Stack:
    """One project of containers, and the service in it as its users see it."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self._environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": "gradient-grader-check",
            "GRADIENT_GRADER_PORT": str(port),
        }
        self.tokens: list[str] = []

    def compose(self, *arguments: str, text: str | None = None) -> str:
        """The output of one `docker compose` command; fails with what it said."""
        return self._run(["docker", "compose", *arguments], text)

    def shell(self, command: str) -> None:
        """Runs one line of shell, which fails with what it said."""
        self._run(["bash", "-euo", "pipefail", "-c", command])

    def inspect(self, name: str) -> dict[str, Any]:
        """What the engine knows of a container or a network."""
        found: dict[str, Any] = json.loads(self._run(["docker", "inspect", name]))[0]
        return found

    def containers(self, service: str) -> list[str]:
        """The running containers of a service."""
        return self.compose("ps", "--quiet", service).split()

    def kill(self, container: str) -> None:
        """Ends a container at once, as the kernel would."""
        self._run(["docker", "kill", "--signal=KILL", container])

    def _run(self, command: list[str], text: str | None = None) -> str:
        done = subprocess.run(
            command, cwd=FOLDER, env=self._environment, input=text or "", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def request(self, path: str, body: dict[str, Any] | None = None, account: int = 0) -> tuple[int, dict[str, Any]]:
        """Status and JSON of one request, by the token of one of the accounts."""
        request = urllib.request.Request(self.address + path, headers={"Content-Type": "application/json"})
        if self.tokens:
            request.add_header("Authorization", f"Bearer {self.tokens[account]}")
        if body is not None:
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def hand_in(self, source: str, account: int = 0, wait: float = 0) -> dict[str, Any]:
        """A submission to `multiply`, as it stands after the wait."""
        body = {"kind": "code", "source": source}
        status, submission = self.request(f"/api/v1/exercises/multiply/check?wait={wait}", body, account)
        assert status in (200, 202), submission
        return submission

    def report(self, submission: dict[str, Any], account: int = 0, seconds: float = 120) -> dict[str, Any]:
        """The submission once it is done."""

        def done() -> dict[str, Any] | None:
            status, now = self.request(f"/api/v1/submissions/{submission['id']}?wait=5", account=account)
            return now if status == 200 and now["status"] in ("graded", "ungraded") else None

        return eventually(done, seconds)

    def scale(self, workers: int) -> None:
        """So many workers, no more and no fewer, ready to grade."""
        self.compose("up", "--detach", "--no-recreate", "--scale", f"worker={workers}")
        self.healthy_with(workers)

    def healthy_with(self, workers: int) -> None:
        """Returns when everything answers and so many workers have told that they are alive."""

        def healthy() -> bool:
            status, health = self.request("/health")
            return status == 200 and health["status"] == "ok" and len(health["workers"]) >= workers

        eventually(healthy)


def eventually(condition: Callable[[], Any], seconds: float = 180) -> Any:
    """The first true answer of `condition`; an address that does not answer yet is not one."""
    ends = time.monotonic() + seconds
    while True:
        try:
            if answer := condition():
                return answer
        except (OSError, json.JSONDecodeError):
            pass
        assert time.monotonic() < ends, f"not within {seconds} s"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    if shutil.which("docker") is None:
        pytest.fail("these tests need Docker with Compose")
    stack = Stack()
    stack.compose("down", "--volumes", "--remove-orphans")
    try:
        stack.compose("up", "--build", "--detach")
        stack.healthy_with(workers=1)
        stack.tokens = stack.compose("exec", "-T", "web", "python", "-", text=MAKE_TOKENS).split()
        yield stack
    finally:
        stack.compose("down", "--volumes", "--remove-orphans")


def test_every_part_runs_and_the_sandbox_holds_in_the_workers_container(stack: Stack) -> None:
    status, health = stack.request("/health")
    assert status == 200
    assert health["status"] == "ok", health
    layers = health["workers"][0]["layers"]
    assert layers["seccomp"], layers
    assert layers["rlimits"], layers


def test_no_attack_on_the_sandbox_passes_in_the_workers_container(stack: Stack) -> None:
    attacks = ["--volume", f"{FOLDER / 'tests'}:/attacks/tests:ro", "--workdir", "/attacks", "worker",
               "python", "-m", "tests.attacks", "--quick"]  # fmt: skip
    table = stack.compose("run", "--rm", "--no-deps", "-T", *attacks)
    assert "With every layer, as an ordinary user: 0 of " in table


@pytest.mark.parametrize("service", ["web", "worker", "beat", "passback", "redis", "postgres"])
def test_a_container_has_no_rights_beyond_its_task(stack: Stack, service: str) -> None:
    container = stack.inspect(stack.containers(service)[0])
    host = container["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["PidsLimit"] > 0
    assert host["Memory"] > 0
    status = stack.compose("exec", "-T", service, "cat", "/proc/1/status")
    assert re.search(r"^Uid:\s+[1-9]", status, re.MULTILINE), "runs as root"
    assert re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE)
    published = {port for port, where in container["NetworkSettings"]["Ports"].items() if where}
    assert published == ({"8000/tcp"} if service == "web" else set())


@pytest.mark.parametrize("service", ["worker", "beat", "redis", "postgres"])
def test_only_the_web_server_is_on_a_network_that_leads_out(stack: Stack, service: str) -> None:
    networks = stack.inspect(stack.containers(service)[0])["NetworkSettings"]["Networks"]
    assert [stack.inspect(name)["Internal"] for name in networks] == [True]


@pytest.mark.parametrize("host", ["1.1.1.1", "pypi.org"])
def test_the_worker_finds_no_way_out_to_the_internet(stack: Stack, host: str) -> None:
    program = f"import socket; socket.create_connection(('{host}', 443), 3)"
    with pytest.raises(AssertionError, match=r"timed out|unreachable|name resolution"):
        stack.compose("exec", "-T", "worker", "python", "-c", program)


def test_secrets_are_long_and_readable_only_where_they_are_needed(stack: Stack) -> None:
    kept = stack.compose("exec", "-T", "web", "sh", "-c", "cd /secrets && stat -c '%a %n' *; wc -c secret_key").split()
    assert kept.count("600") == 2  # secret_key and trials_secret
    assert int(kept[-2]) > 32
    for service in ("redis", "postgres"):
        seen = stack.compose(
            "exec", "-T", service, "sh", "-c", "cat /secrets/secret_key /secrets/trials_secret || true"
        )
        assert not seen
    everything = stack.compose("config") + stack.compose("logs")
    for name in ("database_password", "broker_password", "secret_key", "trials_secret"):
        secret = stack.compose("exec", "-T", "web", "cat", f"/secrets/{name}").strip()
        assert len(secret) >= 32
        assert secret not in everything


def test_right_and_wrong_and_hostile_submissions_get_their_reports(stack: Stack) -> None:
    assert stack.hand_in(RIGHT, wait=20)["report"]["verdict"] == "match"
    assert stack.hand_in(WRONG, wait=20)["report"]["verdict"] == "mismatch"
    for hostile in HOSTILE:
        assert stack.hand_in(hostile + WRONG, wait=20)["report"]["verdict"] in ("mismatch", "not_run")
    assert stack.hand_in(RIGHT, wait=20)["report"]["verdict"] == "match"


def test_three_workers_share_the_work(stack: Stack) -> None:
    stack.scale(workers=3)
    with ThreadPoolExecutor(8) as hands:
        handed_in = list(hands.map(lambda number: (stack.hand_in(BRISK, number % 8), number % 8), range(40)))
    reports = [stack.report(submission, account)["report"] for submission, account in handed_in]
    assert {report["verdict"] for report in reports} == {"match"}
    first = handed_in[0][0]["id"]
    query = f"SELECT DISTINCT worker FROM submissions WHERE id >= {first}"
    by = stack.compose("exec", "-T", "postgres", "psql", "-U", "grader", "-At", "-c", query).split()
    assert len(by) == 3, by


def test_the_demo_course_is_made_by_one_command_and_its_pages_are_served(stack: Stack) -> None:
    lines = stack.compose("exec", "-T", "web", "python", "-m", "service", "demo")
    found = re.search(r"instructor +(\S+)", lines)
    assert found, lines
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(found[1]) as response:
        page = response.read().decode()
    with browser.open(stack.address + "/") as response:
        assert "/sign-in" not in response.url
        page += response.read().decode()
    vendored = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert vendored
    for path in vendored:
        with browser.open(stack.address + path) as response:
            assert response.status == 200


def test_a_worker_that_crashes_is_started_again_and_takes_up_its_work_at_once(stack: Stack) -> None:
    stack.scale(workers=1)
    begun = stack.hand_in(SLOW)
    eventually(lambda: stack.request(f"/api/v1/submissions/{begun['id']}")[1]["status"] == "grading")
    stack.compose("exec", "-T", "worker", "python", "-", text=KILL_WORKER)
    assert stack.report(begun, seconds=20)["report"]["verdict"] == "match"  # well before its lease of a minute ends


def test_what_a_killed_worker_had_begun_is_graded_by_another(stack: Stack) -> None:
    stack.scale(workers=3)
    handed_in = [stack.hand_in(SLOW, account) for account in range(6)]
    eventually(lambda: stack.request(f"/api/v1/submissions/{handed_in[0]['id']}")[1]["status"] == "grading")
    for worker in stack.containers("worker")[:2]:
        stack.kill(worker)
    reports = [stack.report(submission, account)["report"] for account, submission in enumerate(handed_in)]
    assert {report["verdict"] for report in reports} == {"match"}


def test_what_is_handed_in_while_redis_is_gone_is_kept_and_graded_when_it_is_back(stack: Stack) -> None:
    waiting = stack.hand_in(SLOW)
    stack.compose("kill", "redis")
    kept = stack.hand_in(RIGHT, account=1)
    assert kept["status"] == "queued"
    assert stack.request("/health")[1]["status"] == "degraded"
    stack.compose("up", "--detach", "--no-recreate", "redis")
    assert stack.report(kept, account=1)["report"]["verdict"] == "match"
    assert stack.report(waiting)["report"]["verdict"] == "match"


def test_a_database_that_was_away_is_used_again_and_has_lost_nothing(stack: Stack) -> None:
    kept = stack.hand_in(RIGHT, wait=20)
    stack.compose("kill", "postgres")
    assert stack.request("/health")[0] == 503
    stack.compose("up", "--detach", "--no-recreate", "postgres")
    eventually(lambda: stack.request("/health")[0] == 200)
    assert stack.report(kept)["report"] == kept["report"]
    assert eventually(lambda: stack.hand_in(RIGHT, wait=20))["report"]["verdict"] == "match"


def test_everything_is_still_there_after_all_containers_were_made_anew(stack: Stack) -> None:
    kept = stack.hand_in(WRONG, wait=20)
    stack.compose("down")
    stack.compose("up", "--detach")
    stack.healthy_with(workers=1)
    assert stack.report(kept)["report"] == kept["report"]
    assert stack.hand_in(RIGHT, wait=20)["report"]["verdict"] == "match"


def test_a_backup_is_restored_after_everything_was_deleted_as_the_documentation_says(
    stack: Stack, tmp_path: Path
) -> None:
    kept = stack.hand_in(WRONG, wait=20)
    section = (FOLDER / "docs" / "operations.md").read_text().partition("\n## Backup\n")[2].partition("\n## ")[0]
    commands = re.findall(r"^docker compose .+$", section, re.MULTILINE)
    backup, *restore = [command.replace("grader.backup", str(tmp_path / "grader.backup")) for command in commands]
    stack.shell(backup)
    stack.compose("down", "--volumes")
    for command in restore:
        stack.shell(command)
    stack.healthy_with(workers=1)
    assert stack.report(kept)["report"] == kept["report"]
    assert stack.hand_in(RIGHT, wait=20)["report"]["verdict"] == "match"
