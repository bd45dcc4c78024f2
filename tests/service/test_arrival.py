"""Requests take turns: what brings something first, few at a time, and none held up by one that waits for something."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from waitress.task import ThreadedTaskDispatcher

from service import arrival
from service.arrival import TURNS, Turns
from tests.service.servers import until
from tests.service.web_server import web_server


class Asked:
    """A connection, as far as it is looked at, with one request that is served until it is let go."""

    def __init__(self, method: str = "GET", turns: Any = None, path: str = "/") -> None:
        self.requests = [SimpleNamespace(command=method, path=path)]
        self.begun, self.let_go, self.ended = threading.Event(), threading.Event(), threading.Event()
        self._turns = turns

    def service(self) -> None:
        self.thread = threading.current_thread()
        self.begun.set()
        assert self.let_go.wait(10)
        self._turns.end(self)  # as Channel does
        self.ended.set()


@dataclass
class Server:
    """Threads that serve requests as they do behind the web server."""

    dispatcher: ThreadedTaskDispatcher = field(default_factory=ThreadedTaskDispatcher)

    def __post_init__(self) -> None:
        self.turns = Turns(self.dispatcher)
        self.dispatcher.set_thread_count(2 * TURNS + 2)
        until(lambda: self.dispatcher.active_count == 0)  # a thread begins by itself, and may do so late

    def asked(self, method: str = "GET") -> Any:
        made = Asked(method, self.turns)
        self.dispatcher.add_task(made)
        return made


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.dispatcher.shutdown(timeout=1)


def test_what_brings_something_comes_first_and_else_who_came_first() -> None:
    turns = Turns(ThreadedTaskDispatcher())
    asked: list[Any] = [Asked(method) for method in ("GET", "HEAD", "POST", "OPTIONS", "PATCH", "DELETE", "GET")]
    for one in asked:
        turns.append(one)
    assert len(turns) == 7
    assert [asked.index(turns.popleft()) for _ in asked] == [2, 4, 5, 0, 1, 3, 6]


def test_who_asks_whether_we_are_alive_does_not_wait_behind_all_that_is_brought() -> None:
    turns = Turns(ThreadedTaskDispatcher())
    asked: list[Any] = [Asked("GET"), Asked("GET", path="/health/live"), Asked("POST")]
    for one in asked:
        turns.append(one)
    assert [asked.index(turns.popleft()) for _ in asked] == [1, 2, 0]


def test_no_more_are_served_at_a_time_and_each_that_ends_makes_room_for_one(server: Server) -> None:
    asked = [server.asked() for _ in range(TURNS + 3)]
    for ending, following in zip(asked, asked[TURNS:], strict=False):
        assert ending.begun.wait(10)
        assert not following.begun.wait(0.05)
        ending.let_go.set()
        assert following.begun.wait(10)
    for one in asked:
        one.let_go.set()
        assert one.ended.wait(10)


def test_who_served_last_serves_next(server: Server) -> None:
    served_by = set()
    for _ in range(5):
        one = server.asked()
        one.let_go.set()
        assert one.ended.wait(10)
        until(lambda: server.dispatcher.active_count == 0)
        served_by.add(one.thread)
    assert len(served_by) == 1


def test_threads_that_waited_before_serve_and_end() -> None:
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(2)
    until(lambda: dispatcher.active_count == 0)
    server = Server(dispatcher)
    asked = [server.asked() for _ in range(TURNS)]
    for one in asked:
        one.let_go.set()
        assert one.ended.wait(10)
    dispatcher.shutdown(timeout=5)
    assert dispatcher.threads == set()


def test_one_that_waits_for_something_else_lets_others_be_served(server: Server) -> None:
    asked = [server.asked() for _ in range(TURNS + 1)]
    assert asked[0].begun.wait(10)
    assert not asked[-1].begun.wait(0.05)
    with server.turns.resting(asked[0]):
        assert asked[-1].begun.wait(10)
    for one in asked:
        one.let_go.set()
        assert one.ended.wait(10)


def test_slow_ones_hold_up_nobody(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = [server.asked() for _ in range(TURNS)]
    for one in slow:
        assert one.begun.wait(10)
    other = server.asked()
    server.turns.look()
    assert not other.begun.wait(0.05)
    monkeypatch.setattr(arrival, "SLOW_SECONDS", 0.0)
    server.turns.look()
    assert other.begun.wait(10)
    for one in [*slow, other]:
        one.let_go.set()
        assert one.ended.wait(10)


@pytest.fixture
def port() -> Iterator[int]:
    """Where a web server listens that answers OK to any request."""
    with web_server(lambda environ: b"OK") as port:
        yield port


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage\r\n\r\n",
        b"\x00\x01\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_those_after_it_are_answered(port: int, garbage: bytes) -> None:
    assert answers(port, garbage).split(b" ")[1] == b"400"
    two = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    two += b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    assert answers(port, two).count(b"200 OK") == 2


def answers(port: int, asked: bytes) -> bytes:
    """All that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(asked)
        return b"".join(iter(lambda: connection.recv(4096), b""))
