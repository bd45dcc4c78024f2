"""Nothing is lost when parts die: real processes are killed, real servers restarted, a real disk filled."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.accounts import make_account
from service.authentication import make_token
from service.models import DONE, GRADED, STUDENT, Enrolment, StoredReport, Submission
from service.tasks import waiting_in_broker
from tests.service.client import Answer, Client, assert_error
from tests.service.conftest import PROJECT, Embedded, Parts, Servers, free_port, healthy, lacking, make_parts
from tests.service.servers import PostgreSQL, missing, postgresql, process, redis_server, until

RIGHT = {"kind": "code", "source": "dx = y\ndy = x"}
SUBMISSIONS = 1000
STUDENTS = 50
CLIENTS = 8
SEED = 3


@pytest.fixture
def postgres() -> Iterator[PostgreSQL]:
    """A PostgreSQL of this test's own, to be restarted."""
    if missing():
        lacking(f"not tested on Redis and PostgreSQL: {' and '.join(missing())} not found on this machine")
    with postgresql() as server:
        yield server


@contextmanager
def served(postgres: PostgreSQL, folder: Path, redis: int) -> Iterator[Parts]:
    """Parts on that PostgreSQL, while it runs, and on a Redis at port `redis`, which the test starts."""
    place = Servers(f"redis://127.0.0.1:{redis}", postgres.new_database)
    with make_parts(place, folder) as parts:
        yield parts


class Kept:
    """A process that is started again whenever it ends, as a container is; `kill` ends it as a crash does."""

    def __init__(self, parts: Parts, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "service", *arguments]
        self._environment = {**os.environ, **parts.configuration.to_environment()}
        self._process = self._start()
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep)
        self._keeper.start()

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._keeper.join()
        self._process.terminate()
        try:
            self._process.wait(20)
        finally:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """Ends it without a word."""
        self._process.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, cwd=PROJECT, env=self._environment)

    def _keep(self) -> None:
        while not self._over.wait(0.05):
            if self._process.poll() is not None:
                self._process = self._start()


def hand_in(client: Client, assignment: int, key: str, seconds: float = 180) -> int:
    """Hands in as a careful client does: again with the same key until there is an answer; the submission's number."""
    ends = time.monotonic() + seconds
    while True:
        try:
            answer = client.post(f"/api/v1/assignments/{assignment}/submissions", RIGHT, **{"Idempotency-Key": key})
        except (OSError, HTTPException):  # the web process is away, or went in the middle of its answer
            answer = Answer(0, {}, b"")
        if answer.status == 202:
            return int(answer.json["id"])
        assert answer.status in (0, 429, 503), answer.body
        assert time.monotonic() < ends, "no answer in time"
        time.sleep(0.2)


def counted(parts: Parts, *statuses: str) -> int:
    with parts.database.reading() as session:
        return session.execute(select(func.count()).where(Submission.status.in_(statuses))).scalar_one()


def work_off(parts: Parts, submissions: int) -> None:
    """Waits until so many are done; fails where none is for longer than a lost one may take to be found."""
    bound = 4 * (parts.configuration.lease_seconds + parts.configuration.sweep_seconds)
    while (done := counted(parts, *DONE)) < submissions:
        until(lambda: counted(parts, *DONE) > done, seconds=60 + bound, every=0.2)


def reports_of(parts: Parts) -> Counter[int]:
    with parts.database.reading() as session:
        return Counter(session.scalars(select(StoredReport.submission_id)))


def more_students(parts: Parts, count: int) -> list[Client]:
    with parts.database.writing() as session:
        tokens = []
        for number in range(count):
            account = make_account(session, f"storm{number}@example.org", f"Storm {number}")
            session.add(Enrolment(course_id=parts.school.course, account_id=account.id, role=STUDENT))
            tokens.append(make_token(session, account, "tests"))
    return [Client(parts.configuration.public_url, token) for token in tokens]


def port_of(parts: Parts) -> str:
    return parts.configuration.public_url.rpartition(":")[2]


def test_a_thousand_submissions_survive_a_storm_of_kills(postgres: PostgreSQL, tmp_path: Path) -> None:
    port, kills = free_port(), Counter[str]()
    with ExitStack() as stack:
        database, redis = stack.enter_context(ExitStack()), stack.enter_context(ExitStack())
        database.enter_context(postgres.running())
        redis.enter_context(redis_server(port))
        parts = stack.enter_context(served(postgres, tmp_path, port))
        students = more_students(parts, STUDENTS)
        web = stack.enter_context(Kept(parts, "web", "--port", port_of(parts)))
        workers = [stack.enter_context(Kept(parts, "worker", "--name", f"worker-{n}")) for n in (1, 2)]
        stack.enter_context(Kept(parts, "beat"))
        until(lambda: healthy(parts.client()), seconds=60, every=0.1)

        def lose_redis() -> None:
            redis.close()
            redis.enter_context(redis_server(port))

        def lose_postgresql() -> None:
            database.close()
            database.enter_context(postgres.running())

        victims: dict[str, Callable[[], None]] = {
            "worker-1": workers[0].kill,
            "web": web.kill,
            "worker-2": workers[1].kill,
            "redis": lose_redis,
            "postgresql": lose_postgresql,
        }
        numbers: list[int] = []
        assignment = parts.school.assignments["multiply"]

        def client(own: int) -> None:
            for number in range(own, SUBMISSIONS, CLIENTS):
                numbers.append(hand_in(students[number % STUDENTS], assignment, f"storm-{number}"))

        clients = stack.enter_context(ThreadPoolExecutor(CLIENTS))
        handing_in = [clients.submit(client, own) for own in range(CLIENTS)]
        generator = random.Random(SEED)
        while not all(work.done() for work in handing_in):
            name = generator.choice(list(victims))
            victims[name]()
            kills[name] += 1
            time.sleep(generator.uniform(0.5, 2.5))
        for work in handing_in:
            work.result()
        work_off(parts, SUBMISSIONS)

        assert len(set(numbers)) == len(numbers) == SUBMISSIONS, "a repeated hand-in is one submission"
        assert counted(parts, GRADED) == SUBMISSIONS, "none is ungraded by our fault"
        assert reports_of(parts) == dict.fromkeys(numbers, 1), "one report each"
        with parts.database.reading() as session:
            attempts = session.execute(select(Submission.account_id, Submission.attempt)).all()
        each = SUBMISSIONS // STUDENTS
        spent = Counter(account for account, _ in attempts)
        assert set(spent.values()) == {each}
        assert {attempt for _, attempt in attempts} == set(range(1, each + 1)), "no attempt is spent twice"
        assert kills.total() >= 5


def test_a_web_process_killed_between_commit_and_enqueue_loses_nothing(postgres: PostgreSQL, tmp_path: Path) -> None:
    port = free_port()
    with ExitStack() as stack:
        stack.enter_context(postgres.running())
        address = stack.enter_context(redis_server(port))
        parts = stack.enter_context(served(postgres, tmp_path, port))
        held = stack.enter_context(stopped_redis(address))
        with parts.start("web", "--port", port_of(parts)) as web:
            until(lambda: alive(parts.client()), seconds=60, every=0.1)
            held.stop()
            asking = threading.Thread(target=ask_and_be_cut_off, args=(parts,))
            asking.start()
            until(lambda: counted(parts, "queued") == 1)  # committed, and waiting for a broker that says nothing
            web.kill()
            web.wait()
            asking.join()
        held.go_on()
        celery = parts.app.extensions["gradient_grader_celery"]
        assert waiting_in_broker(celery) == 0
        with parts.start("worker", "--name", "worker"), parts.start("beat"):
            until(lambda: counted(parts, GRADED) == 1, seconds=60)
        assert set(reports_of(parts).values()) == {1}


def test_postgresql_restarted_under_a_running_service_is_noticed_by_nobody_who_asks_again(
    postgres: PostgreSQL, tmp_path: Path
) -> None:
    port = free_port()
    with ExitStack() as stack:
        database = stack.enter_context(ExitStack())
        database.enter_context(postgres.running())
        stack.enter_context(redis_server(port))
        parts = stack.enter_context(served(postgres, tmp_path, port))
        stack.enter_context(parts.start("web", "--port", port_of(parts)))
        stack.enter_context(parts.start("worker", "--name", "worker"))
        stack.enter_context(parts.start("beat"))
        until(lambda: healthy(parts.client()), seconds=60, every=0.1)
        student, assignment = parts.client("student"), parts.school.assignments["multiply"]
        before = hand_in(student, assignment, "before")
        database.close()
        away = student.post(f"/api/v1/assignments/{assignment}/submissions", RIGHT)
        assert_error(away, 503, "unavailable")
        assert int(away.headers["retry-after"]) > 0
        database.enter_context(postgres.running())
        after = hand_in(student, assignment, "after")
        until(lambda: counted(parts, GRADED) == 2, seconds=60)
        assert reports_of(parts) == {before: 1, after: 1}


def test_a_report_that_the_database_loses_with_its_machine_is_made_again(postgres: PostgreSQL, tmp_path: Path) -> None:
    port = free_port()
    with ExitStack() as stack:
        database = stack.enter_context(ExitStack())
        database.enter_context(postgres.running(signal.SIGQUIT, "wal_writer_delay=10s"))
        stack.enter_context(redis_server(port))
        parts = stack.enter_context(served(postgres, tmp_path, port))
        stack.enter_context(parts.start("web", "--port", port_of(parts)))
        stack.enter_context(parts.start("worker", "--name", "worker"))
        until(lambda: healthy(parts.client()), seconds=60, every=0.1)
        kept = hand_in(parts.client("student"), parts.school.assignments["multiply"], "kept")
        until(lambda: counted(parts, GRADED) == 1)
        database.close()
        database.enter_context(postgres.running())
        assert counted(parts, *DONE) == 0, "a worker does not wait for the disk, who hands in does"
        stack.enter_context(parts.start("beat"))
        work_off(parts, 1)
        assert reports_of(parts) == {kept: 1}
        with parts.database.reading() as session:
            assert session.execute(select(Submission.status, Submission.attempt)).all() == [(GRADED, 1)]


def test_a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    small, made = tmp_path_factory.mktemp("small"), Embedded(tmp_path_factory.mktemp("embedded"))
    with ExitStack() as stack:
        stack.enter_context(small_disk(small))
        parts = stack.enter_context(make_parts(made, small))
        stack.enter_context(parts.start("web", "--port", port_of(parts)))
        stack.enter_context(parts.start("worker", "--name", "worker"))
        stack.enter_context(parts.start("beat"))
        until(lambda: healthy(parts.client()), seconds=60, every=0.1)
        student, assignment = parts.client("student"), parts.school.assignments["multiply"]
        path = f"/api/v1/assignments/{assignment}/submissions"
        before = hand_in(student, assignment, "before")
        until(lambda: counted(parts, GRADED) == 1)
        fill(small / "filling")
        big = {"kind": "code", "source": "dx = y\ndy = x\n#" + "x" * 200_000}
        refused = student.post(path, big, **{"Idempotency-Key": "while-full"})
        error = assert_error(refused, 503, "unavailable")
        assert "again" in error["message"]
        assert student.get(f"/api/v1/submissions/{before}").json["report"]["verdict"] == "match"
        (small / "filling").unlink()
        after = student.post(path, big, **{"Idempotency-Key": "while-full"})
        assert after.status == 202, after.body
        until(lambda: counted(parts, GRADED) == 2, seconds=60)
        assert reports_of(parts) == {before: 1, after.json["id"]: 1}


class Held:
    """A Redis that can be made to say nothing, without closing a connection."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def stop(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self._pid, signal.SIGCONT)


@contextmanager
def stopped_redis(address: str) -> Iterator[Held]:
    """The Redis at `address`, which goes on at the end at the latest."""
    import redis

    with redis.Redis.from_url(address) as client:
        held = Held(int(client.info("server")["process_id"]))
    try:
        yield held
    finally:
        held.go_on()


def ask_and_be_cut_off(parts: Parts) -> None:
    with pytest.raises((OSError, HTTPException)):
        parts.client("student").post(f"/api/v1/assignments/{parts.school.assignments['multiply']}/submissions", RIGHT)


def alive(client: Client) -> bool:
    try:
        return client.get("/health").status in (200, 503)
    except OSError:
        return False


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of 8 MiB at `folder`."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "none", folder], capture_output=True)
    if mounted.returncode:
        lacking(f"a small disk cannot be mounted: {mounted.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(path: Path) -> None:
    """Writes until the disk is full."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 12))
    free = os.statvfs(path)
    assert free.f_bavail == 0


@pytest.mark.parametrize("skew", ["+2h", "-2h"])
def test_a_worker_whose_clock_is_wrong_grades_once_and_holds_what_it_grades(
    postgres: PostgreSQL, tmp_path: Path, skew: str
) -> None:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        lacking("not tested with a wrong clock: libfaketime not found on this machine")
    astray = {"LD_PRELOAD": str(found[0]), "FAKETIME": skew, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    port = free_port()
    slow = {"kind": "code", "source": "for i in range(10**6): pass\ndx = y\ndy = x"}
    with ExitStack() as stack:
        stack.enter_context(postgres.running())
        stack.enter_context(redis_server(port))
        parts = stack.enter_context(served(postgres, tmp_path, port))
        stack.enter_context(parts.start("web", "--port", port_of(parts)))
        stack.enter_context(parts.start("beat"))
        command = [sys.executable, "-m", "service", "worker", "--name", "astray"]
        environment = {**os.environ, **parts.configuration.to_environment(), **astray}
        stack.enter_context(process(command, cwd=PROJECT, env=environment))
        until(lambda: healthy(parts.client()), seconds=60, every=0.1)
        path = f"/api/v1/assignments/{parts.school.assignments['multiply']}/submissions"
        numbers = [parts.client("student").post(path, slow).json["id"] for _ in range(3)]
        work_off(parts, len(numbers))
        assert reports_of(parts) == dict.fromkeys(numbers, 1)
        with parts.database.reading() as session:
            assert set(session.execute(select(Submission.status, Submission.tries))) == {(GRADED, 1)}
        assert healthy(parts.client()), "the worker counts as alive"
