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
from contextlib import contextmanager
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


@contextmanager
def postgresql_server() -> Iterator[Callable[[str, str | None], str]]:
    """A function that makes a new database in a PostgreSQL that lives as long as the block, empty or as a copy of
    another, and gives its address."""
    root = os.geteuid() == 0  # PostgreSQL refuses to run as root
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if root else {}
    folder = Path(tempfile.mkdtemp(prefix="gg-pg-"))
    try:
        if root:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        data, programs = folder / "data", _postgresql()
        assert programs is not None
        initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)
        settings = ["listen_addresses=", "fsync=off", "max_connections=100", f"unix_socket_directories={folder}"]
        command = [programs / "postgres", "-D", data, *(part for text in settings for part in ("-c", text))]
        with process(command, stop=signal.SIGQUIT, stderr=subprocess.DEVNULL, cwd=folder, **user):
            administration = f"host={folder} user=postgres dbname=postgres"
            until(lambda: _answers(lambda: psycopg.connect(administration).close(), psycopg.OperationalError))

            def new_database(name: str, template: str | None = None) -> str:
                with psycopg.connect(administration, autocommit=True) as connection:
                    connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template1"}"')
                return f"postgresql+psycopg://postgres@/{name}?host={folder}"

            yield new_database
    finally:
        shutil.rmtree(folder)


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
