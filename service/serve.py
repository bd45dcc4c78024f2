"""The whole service in one command: web server here, workers as child processes, the sweep in a thread, and another
one that tells learning platforms the scores.

Workers read their standard input: when this process ends, however it ends, they see the end of it and stop. One that
dies is started again under its name, and first gives back what it had claimed.
"""

from __future__ import annotations

import fcntl
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from types import FrameType
from typing import IO, Any

import click
from flask import Flask
from waitress import create_server

from grader import catalogue
from service.arrival import SLOW_SECONDS
from service.configuration import Configuration
from service.connections import Connections
from service.database import Database
from service.grading import GRACE
from service.lti.passback import keep_passing_back
from service.migrations import migrate
from service.tasks import sweep
from service.waiting import Waiting
from service.worker import CANNOT_START

MOST_CONNECTIONS = 800  # browsers keep theirs open: a class of them may not lock the others out
IDLE_SECONDS = 30  # after which a connection that asks nothing is closed
STOPPING_SECONDS = 8.0  # that what was asked has to be answered when the server is told to stop
TURN_SECONDS = 0.0005  # of a thread that computes while others wait; with Python's own 5 ms a class waits for its turns
LARGEST_BODY_READ = 64 * 1024 * 1024  # beyond our own limit, so that the refusal is ours and worded

log = logging.getLogger(__name__)


class CannotServe(click.ClickException):
    """The service cannot start here; the message says why and what to do."""


def serve(
    configuration: Configuration, listening: socket.socket, workers: int, when_ready: Callable[[Flask], None]
) -> None:
    """Serves on `listening` until SIGINT or SIGTERM. Raises CannotServe; nothing is left running."""
    with ExitStack() as stack:
        stopping = stack.enter_context(_stopped_by_signals())
        stack.enter_context(_only_one_in(configuration))
        app = stack.enter_context(_application(configuration, stopping))
        migrate(app.extensions["gradient_grader_database"])
        kept = stack.enter_context(_Workers(workers, configuration.to_environment()))
        stack.enter_context(_sweeping(app, configuration.sweep_seconds))
        stack.enter_context(_passing_back(app, configuration))
        when_ready(app)
        _answer(app, listening, configuration)
    if kept.useless:
        raise CannotServe("The workers cannot start: see above. Nothing is graded without a sandbox that holds.")


def serve_web(configuration: Configuration, listening: socket.socket) -> None:
    """Only answers requests, until SIGINT or SIGTERM: then those that run are finished."""
    with _stopped_by_signals() as stopping, _application(configuration, stopping) as app:
        _answer(app, listening, configuration)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises CannotServe, plainly, when the port is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotServe(f"{host} is not an address of this machine: {error.strerror}.") from None
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(1024)
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise CannotServe(f"Port {port} on {host} cannot be used ({reason}). Choose another with --port.") from None
    return listening


@contextmanager
def _only_one_in(configuration: Configuration) -> Iterator[None]:
    with (configuration.data_dir / "serve.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = (
                f"Another gradient-grader serves from {configuration.data_dir}. Choose another folder with --data."
            )
            raise CannotServe(message) from None
        yield


@contextmanager
def _application(configuration: Configuration, stopping: list[Callable[[], None]]) -> Iterator[Flask]:
    from service import create_app

    app = create_app(configuration)
    database: Database = app.extensions["gradient_grader_database"]
    waiting: Waiting = app.extensions["gradient_grader_waiting"]
    stopping.append(waiting.close)
    try:
        yield app
    finally:
        app.extensions["gradient_grader_celery"].close()
        database.close()


@contextmanager
def _stopped_by_signals() -> Iterator[list[Callable[[], None]]]:
    """SIGINT and SIGTERM end the block, quietly; what the yielded list holds is called before."""
    stopping: list[Callable[[], None]] = []

    def stop(number: int, frame: FrameType | None) -> None:
        for call in stopping:
            call()
        raise SystemExit(0)

    numbers = (signal.SIGINT, signal.SIGTERM)
    earlier = [signal.signal(number, stop) for number in numbers]
    try:
        yield stopping
    except SystemExit:
        pass
    finally:
        for number, handler in zip(numbers, earlier, strict=True):
            signal.signal(number, handler)


def _answer(app: Flask, listening: socket.socket, configuration: Configuration) -> None:
    proxy = {"trusted_proxy": configuration.trusted_proxy, "trusted_proxy_headers": {"x-forwarded-for"}}
    server = create_server(
        app,
        sockets=[listening],
        threads=configuration.threads,
        max_request_body_size=LARGEST_BODY_READ,
        connection_limit=MOST_CONNECTIONS,
        asyncore_use_poll=True,  # select() ends at descriptor 1024
        channel_timeout=IDLE_SECONDS,
        ident=None,
        clear_untrusted_proxy_headers=True,
        **(proxy if configuration.trusted_proxy else {}),
    )
    connections = Connections(server)
    catalogue()  # else all of the first requests would read it, each for itself
    sys.setswitchinterval(TURN_SECONDS)
    gc.collect()
    gc.freeze()  # what was imported stays: no request waits until it is looked through
    log.info("answering at %s", configuration.public_url)
    try:
        while True:
            connections.step(SLOW_SECONDS)
    except SystemExit:
        _finish(server)
    finally:
        server.task_dispatcher.shutdown(timeout=1)
        server.close()


def _finish(server: Any) -> None:
    """Takes no more connections, and answers what was asked already; what takes longer than STOPPING_SECONDS is cut."""
    server.asyncore.dispatcher.close(server)
    ends = time.monotonic() + STOPPING_SECONDS
    while time.monotonic() < ends and any(
        channel.requests or channel.request or channel.total_outbufs_len for channel in server.active_channels.values()
    ):
        server.asyncore.loop(timeout=0.1, map=server._map, use_poll=True, count=1)
    log.info("stopped")


@contextmanager
def _sweeping(app: Flask, every: float) -> Iterator[None]:
    stopped = threading.Event()

    def keep_sweeping() -> None:
        grace = timedelta(0)  # what an earlier process left is delivered at once
        while True:
            try:
                sweep(app.extensions["gradient_grader_database"], app.extensions["gradient_grader_celery"], grace)
            except Exception:
                log.exception("the sweep failed; it comes again")
            grace = GRACE
            if stopped.wait(every):
                return

    thread = threading.Thread(target=keep_sweeping, name="sweep")
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


@contextmanager
def _passing_back(app: Flask, configuration: Configuration) -> Iterator[None]:
    stopped = threading.Event()
    arguments = (app.extensions["gradient_grader_database"], configuration, stopped)
    thread = threading.Thread(target=keep_passing_back, args=arguments, name="passback", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(2)  # a platform may take long to answer; what it was sent last is sent again


class _Workers:
    """Child processes that grade, each started again when it ends; `useless` once one says that it never can."""

    def __init__(self, count: int, environment: Mapping[str, str]) -> None:
        self._names = [f"worker-{number}" for number in range(1, count + 1)]
        self._environment = {**os.environ, **environment}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._again: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="workers")
        self.useless = False

    def __enter__(self) -> _Workers:
        for name in self._names:
            self._start(name)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopping.set()
        self._thread.join()
        for process in self._processes.values():
            process.terminate()
        ends = time.monotonic() + 10
        for process in self._processes.values():
            try:
                process.wait(max(0.0, ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _close(process.stdin)

    def _start(self, name: str) -> None:
        command = [sys.executable, "-m", "service", "worker", "--name", name, "--while-parent-lives"]
        self._processes[name] = subprocess.Popen(command, env=self._environment, stdin=subprocess.PIPE, process_group=0)

    def _keep(self) -> None:
        while not self._stopping.wait(0.2):
            for name, process in self._processes.items():
                if process.poll() is None:
                    continue
                if process.returncode == CANNOT_START and name not in self._again:
                    self.useless = True
                    os.kill(os.getpid(), signal.SIGTERM)
                    return
                log.warning("%s ended with status %s and is started again", name, process.returncode)
                _close(process.stdin)
                self._stopping.wait(0.5)
                self._again.add(name)  # it could start before: whatever keeps it from that now will pass
                try:
                    self._start(name)
                except OSError as error:
                    log.warning("%s cannot be started now: %s", name, error)


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        stream.close()
