"""A deadline: many students hand in within seconds, and wait for their reports as a browser does.

    python -m tests.benchmarks.deadline [--students 500] [--submissions 1000] [--seconds 20] [--workers 3]

Local processes, PostgreSQL and Redis are started for it: web, workers, sweep. Students hand in at moments drawn
uniformly (seeded), each over a connection of their own, whatever became of those before (an open loop); then each asks
for the report with `?wait=`, again after Retry-After where told so. Afterwards the same submissions are handed in with
the workers stopped, and what they then grade in a second, from a full queue and with nobody at the door, is told.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from sqlalchemy import func, select

from grader import catalogue
from service.accounts import make_account
from service.authentication import make_token
from service.configuration import Configuration, make_secrets
from service.database import Database
from service.migrations import migrate
from service.models import DONE, STUDENT, Assignment, Course, Enrolment, Submission
from tests.benchmarks.measured import ROOT
from tests.benchmarks.processes import cpu_seconds
from tests.service.client import Client
from tests.service.conftest import free_port, healthy
from tests.service.servers import postgresql, process, redis_server, until

EXERCISES = ("two-layer", "logistic-regression", "middle-layer", "add-multiply", "sigmoid-neuron")
SEED = 7


@dataclass(frozen=True)
class School:
    """Who hands in, and what: tokens of students, and for each exercise its assignment and files."""

    tokens: Sequence[str]
    assignments: dict[str, int]
    files: dict[str, list[str]]


@dataclass
class Seen:
    """What the students saw, in seconds: until a hand-in was accepted, until its report was there; and when, from
    the start, a hand-in was sent. `depths` are (second, submissions that wait)."""

    sent: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)
    reported: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    depths: list[tuple[float, int]] = field(default_factory=list)
    last_report: float = 0.0


class Connection:
    """One student's connection: requests one after another."""

    def __init__(self, address: str, token: str) -> None:
        self._host, self._token = urlsplit(address).netloc, token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, str], Any]:
        """Status, headers in lower case, and the JSON of the answer."""
        if self._streams is None:
            host, _, port = self._host.partition(":")
            self._streams = await asyncio.open_connection(host, int(port))
        reader, writer = self._streams
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
        answer = await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.close()
        return int(lines[0].split()[1]), headers, json.loads(answer)

    def close(self) -> None:
        """Ends the connection; the next request opens another."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def hand_ins(school: School, count: int, seconds: float) -> list[tuple[float, str, str, bytes]]:
    """For each hand-in its moment, the student's token, the path and the body: every student in turn."""
    generator = random.Random(SEED)
    made = []
    for number, moment in enumerate(sorted(generator.uniform(0, seconds) for _ in range(count))):
        exercise = generator.choice(EXERCISES)
        body = json.dumps({"kind": "code", "source": generator.choice(school.files[exercise])})
        path = f"/api/v1/assignments/{school.assignments[exercise]}/submissions"
        made.append((moment, school.tokens[number % len(school.tokens)], path, body.encode()))
    return made


async def _student(address: str, start: float, moment: float, token: str, path: str, body: bytes, seen: Seen) -> None:
    await asyncio.sleep(max(0.0, start + moment - time.monotonic()))
    connection = Connection(address, token)
    try:
        sent = time.monotonic()
        status, _, answer = await connection.ask("POST", path, body)
        if status != 202:
            seen.refused.append(status)
            return
        seen.sent.append(moment)
        seen.accepted.append(time.monotonic() - sent)
        while answer["status"] not in DONE:
            status, headers, answer_now = await connection.ask("GET", f"/api/v1/submissions/{answer['id']}?wait=10")
            assert status in (200, 202, 429), answer_now
            if "retry-after" in headers:
                await asyncio.sleep(float(headers["retry-after"]))
            answer = answer_now if status != 429 else answer
        seen.reported.append(time.monotonic() - sent)
        seen.last_report = max(seen.last_report, time.monotonic() - start)
    finally:
        connection.close()


async def _watch_depth(database: Database, start: float, seen: Seen) -> None:
    while True:
        seen.depths.append((time.monotonic() - start, await asyncio.to_thread(waiting, database)))
        await asyncio.sleep(1)


async def rush(address: str, database: Database, school: School, count: int, seconds: float) -> Seen:
    """`count` hand-ins within `seconds`, until all reports are there."""
    seen, start = Seen(), time.monotonic() + 0.5
    watch = asyncio.create_task(_watch_depth(database, start, seen))
    try:
        await asyncio.gather(*(_student(address, start, *one, seen) for one in hand_ins(school, count, seconds)))
    finally:
        watch.cancel()
    return seen


async def _fill(address: str, school: School, count: int) -> None:
    turns = asyncio.Semaphore(4)

    async def one(token: str, path: str, body: bytes) -> None:
        async with turns:
            connection = Connection(address, token)
            status, _, answer = await connection.ask("POST", path, body)
            connection.close()
            assert status == 202, answer

    await asyncio.gather(*(one(*sent) for _, *sent in hand_ins(school, count, 1.0)))


def drained(database: Database) -> float:
    """Submissions graded in a second, from the first of those that wait to the last."""
    count = waiting(database)
    until(lambda: waiting(database) < count, seconds=60, every=0.005)
    begun, left = time.monotonic(), waiting(database)
    until(lambda: not waiting(database), seconds=600, every=0.05)
    return left / (time.monotonic() - begun)


def settled(pids: Sequence[int], within: float) -> None:
    """Returns when these have nothing more to do, or after so many seconds: workers compute points ahead while nobody
    waits, as they do long before a deadline."""
    ends, spent = time.monotonic() + within, -1.0
    while time.monotonic() < ends and spent != (spent := sum(map(cpu_seconds, pids))):
        time.sleep(0.5)


def waiting(database: Database) -> int:
    """How many submissions wait or are being graded."""
    with database.reading() as session:
        return session.execute(select(func.count()).where(Submission.status.not_in(DONE))).scalar_one()


def make_school(database: Database, students: int) -> School:
    """A course with an assignment of each of EXERCISES; its students hand in the files that the tests have."""
    migrate(database)
    files = {
        name: [path.read_text("utf-8") for path in sorted((ROOT / "tests" / "submissions" / name).glob("*.py"))]
        for name in EXERCISES
    }
    with database.writing() as session:
        course = Course(title="A deadline")
        session.add(course)
        session.flush()
        tokens = []
        for number in range(students):
            account = make_account(session, f"student{number}@example.org", f"Student {number}")
            session.add(Enrolment(course_id=course.id, account_id=account.id, role=STUDENT))
            tokens.append(make_token(session, account, "deadline"))
        assigned = {
            name: Assignment(course_id=course.id, exercise=name, title=catalogue()[name].title["en"], points=10.0)
            for name in EXERCISES
        }
        session.add_all(assigned.values())
        session.flush()
        return School(tokens, {name: assignment.id for name, assignment in assigned.items()}, files)


def percentiles(seconds: Sequence[float]) -> str:
    """p50, p95 and p99, in milliseconds."""
    if len(seconds) < 2:
        return "too few"
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return "   ".join(f"p{n} {1e3 * cuts[n - 1]:8.1f} ms" for n in (50, 95, 99))


def told(seen: Seen, seconds: float) -> None:
    """Prints what the students saw."""
    print(f"hand-in accepted   {percentiles(seen.accepted)}")
    for begin in range(0, int(seconds), 5):
        part = [took for sent, took in zip(seen.sent, seen.accepted, strict=True) if begin <= sent < begin + 5]
        print(f"  sent in {begin:>3}-{begin + 5:<3} s {percentiles(part)}")
    print(f"report there       {percentiles(seen.reported)}")
    print(f"last report        {seen.last_report - max(seen.sent):.1f} s after the last hand-in")
    print(f"refused            {len(seen.refused)}")
    print("waiting, each second: " + " ".join(str(depth) for _, depth in seen.depths), flush=True)


@dataclass(frozen=True)
class Deployment:
    """Web and sweep as they run, over a PostgreSQL and a Redis of their own, and the school in their database."""

    address: str
    database: Database
    school: School
    processes: dict[str, int]
    """Their process ids."""
    _start: Callable[..., subprocess.Popen[bytes]]

    @contextmanager
    def workers(self, count: int) -> Iterator[list[int]]:
        """So many workers for the length of the block; their process ids."""
        with ExitStack() as stack:
            pids = [self._start(stack, "worker", "--name", f"worker-{number}").pid for number in range(count)]
            until(lambda: healthy(Client(self.address)), every=0.1, seconds=60)
            yield pids

    def hand_in(self, count: int) -> None:
        """So many submissions are in the queue, and nobody waits for them."""
        asyncio.run(_fill(self.address, self.school, count))

    def rush(self, count: int, seconds: float) -> Seen:
        """`rush`, here."""
        return asyncio.run(rush(self.address, self.database, self.school, count, seconds))


@contextmanager
def deployed(students: int) -> Iterator[Deployment]:
    """A deployment with so many students."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis_url = stack.enter_context(redis_server(free_port()))
        server = stack.enter_context(postgresql(durable=True))
        postgres = stack.enter_context(server.running())
        configuration = Configuration.from_environment(
            {
                **make_secrets(folder / "secrets"),
                "GRADIENT_GRADER_DATA_DIR": str(folder),
                "GRADIENT_GRADER_PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
                "GRADIENT_GRADER_DATABASE_URL": server.new_database("deadline"),
                "GRADIENT_GRADER_BROKER_URL": f"{redis_url}/0",
            }
        )
        database = stack.enter_context(closing(Database(configuration.database_url)))
        school = make_school(database, students)
        environment = {**os.environ, **configuration.to_environment()}
        log = stack.enter_context((folder / "log").open("w"))

        def start(where: ExitStack, *arguments: str) -> subprocess.Popen[bytes]:
            command: list[str | Path] = [sys.executable, "-m", "service", *arguments]
            options: dict[str, Any] = {"cwd": ROOT, "env": environment, "stdout": log, "stderr": subprocess.STDOUT}
            return where.enter_context(process(command, **options))

        address = configuration.public_url
        web = start(stack, "web", "--port", address.rpartition(":")[2])
        start(stack, "beat")
        with redis.Redis.from_url(redis_url) as client:
            broker = int(client.info("server")["process_id"])
        processes = {"web": web.pid, "PostgreSQL": postgres.pid, "Redis": broker}
        yield Deployment(address, database, school, processes, start)


@contextmanager
def stopped(pids: Sequence[int]) -> Iterator[None]:
    """The processes do nothing for the length of the block."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=500)
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--workers", type=int, default=(os.cpu_count() or 1) + 1)
    chosen = parser.parse_args()
    with deployed(chosen.students) as deployment:
        with deployment.workers(chosen.workers) as workers:
            deployment.rush(60, 3.0)  # tables of mistakes, once
            settled(workers, 45)
            print(
                f"{chosen.submissions} hand-ins of {chosen.students} students in {chosen.seconds:g} s, "
                f"{chosen.workers} workers, {os.cpu_count()} cores"
            )
            told(deployment.rush(chosen.submissions, chosen.seconds), chosen.seconds)
            with stopped(workers):
                deployment.hand_in(chosen.submissions)
            print(f"from a full queue  {drained(deployment.database):.0f} graded in a second")


if __name__ == "__main__":
    main()
