"""A Redis and a PostgreSQL of the tests' own, on private addresses in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import redis


def missing() -> list[str]:
    """What the two servers need and this machine lacks."""
    found = {"redis-server": shutil.which("redis-server"), "postgresql": _postgresql()}
    return [name for name, path in found.items() if not path]


@contextmanager
def redis_server(port: int) -> Iterator[str]:
    """The address of a Redis that lives as long as the block, and keeps nothing."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "redis-server",
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--databases",
            "1000",
            "--dir",
            folder,
        ]
        with process(command, stdout=subprocess.DEVNULL):
            with redis.Redis(port=port) as client:
                until(lambda: _answers(client.ping, redis.RedisError))
            yield f"redis://127.0.0.1:{port}"


class PostgreSQL:
    """A PostgreSQL in `folder`, run by `user` (what subprocess takes). Unless it is `durable`, none of its commits
    waits for the disk."""

    def __init__(self, folder: Path, user: dict[str, object], durable: bool) -> None:
        programs = _postgresql()
        assert programs is not None
        self._folder, self._user = folder, user
        data = folder / "data"
        initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)  # type: ignore[call-overload]
        settings = ["listen_addresses=", "max_connections=100", f"unix_socket_directories={folder}"]
        settings += [] if durable else ["fsync=off"]
        self._command = [programs / "postgres", "-D", data, *(part for text in settings for part in ("-c", text))]
        self._administration = f"host={folder} user=postgres dbname=postgres"

    @contextmanager
    def running(self, stop: signal.Signals = signal.SIGQUIT, *settings: str) -> Iterator[subprocess.Popen[bytes]]:
        """Runs for the length of the block; SIGQUIT ends it as a power cut would, but for what the system holds."""
        command = [*self._command, *(part for text in settings for part in ("-c", text))]
        with process(command, stop, stderr=subprocess.DEVNULL, cwd=self._folder, **self._user) as server:
            connects = lambda: psycopg.connect(self._administration).close()  # noqa: E731
            until(lambda: _answers(connects, psycopg.OperationalError))
            yield server

    def new_database(self, name: str, template: str | None = None) -> str:
        """The address of a new database, empty or a copy of another, in the place of one that has the name."""
        with psycopg.connect(self._administration, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template1"}"')
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"


@contextmanager
def postgresql(durable: bool = False) -> Iterator[PostgreSQL]:
    """A PostgreSQL that does not run yet; its folder lives as long as the block."""
    root = os.geteuid() == 0  # PostgreSQL refuses to run as root
    user: dict[str, object] = {"user": "postgres", "group": "postgres", "extra_groups": []} if root else {}
    folder = Path(tempfile.mkdtemp(prefix="gg-pg-"))
    try:
        if root:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        yield PostgreSQL(folder, user, durable)
    finally:
        shutil.rmtree(folder)


@contextmanager
def postgresql_server(durable: bool = False) -> Iterator[Callable[[str, str | None], str]]:
    """`PostgreSQL.new_database` of one that runs as long as the block."""
    with postgresql(durable) as server, server.running():
        yield server.new_database


@contextmanager
def process(
    command: list[str | Path], stop: signal.Signals = signal.SIGTERM, **options: object
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is told to stop at the end of the block, and made to if it does not."""
    running = subprocess.Popen([str(part) for part in command], **options)
    try:
        yield running
    finally:
        running.send_signal(stop)
        try:
            running.wait(20)
        finally:
            running.kill()
            running.wait()
            for stream in (running.stdin, running.stdout, running.stderr):
                if stream is not None:
                    stream.close()


def workers_of(pid: int) -> list[int]:
    """The process ids of the workers that the service `pid` has started."""
    return [child for child in children(pid) if b"worker" in command_line(child)]


def children(pid: int) -> list[int]:
    told: list[str] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended meanwhile
            told += (task / "children").read_text().split()
    return [int(child) for child in told]


def command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def until(holds: Callable[[], object], seconds: float = 20.0, every: float = 0.02) -> None:
    """Returns as soon as `holds()` does, looking `every` so many seconds; fails after `seconds`."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, f"not within {seconds} s"
        time.sleep(every)


def _answers(call: Callable[[], object], error: type[Exception]) -> bool:
    try:
        call()
    except error:
        return False
    return True


def _postgresql() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    return installed[-1].parent if installed else Path(on_path).parent if on_path else None
