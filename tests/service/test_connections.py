"""The loop over the web server's connections: whatever they do is seen, and those that do nothing cost nothing."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack
from typing import Any

import pytest

from service import connections
from service.arrival import Channel
from tests.service.servers import until
from tests.service.web_server import web_server

GET = b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n"
FOREVER = 1e9  # nothing is found by asking all


def connect(stack: ExitStack, port: int) -> socket.socket:
    return stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))


def body(connection: socket.socket, length: int) -> bytes:
    """What follows the head of an answer."""
    data = b""
    while len(data.partition(b"\r\n\r\n")[2]) < length:
        more = connection.recv(1 << 16)
        assert more, "closed before it was all there"
        data += more
    return data.partition(b"\r\n\r\n")[2]


@pytest.fixture(autouse=True)
def nothing_is_found_by_asking_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ALL_SECONDS", FOREVER)


def test_a_connection_is_answered_again_and_again_and_several_requests_at_once() -> None:
    with web_server(lambda environ: environ["PATH_INFO"].encode()) as port, ExitStack() as stack:
        one = connect(stack, port)
        for path in (b"/a", b"/b", b"/c"):
            one.sendall(GET % path)
            assert body(one, 2) == path
        one.sendall(GET % b"/d" + GET % b"/e")
        read = b""
        while b"/e" not in read:
            read += one.recv(4096)
        assert read.count(b"200 OK") == 2


def test_an_answer_is_sent_whole_however_slowly_it_is_read() -> None:
    large = 4 << 20
    with web_server(lambda environ: b"x" * large) as port, ExitStack() as stack:
        slow, other = connect(stack, port), connect(stack, port)
        slow.sendall(GET % b"/")
        time.sleep(0.3)  # its buffers are full
        other.sendall(GET % b"/")
        assert len(body(other, large)) == large
        assert len(body(slow, large)) == large


def test_a_request_that_comes_in_pieces_is_answered() -> None:
    with web_server(lambda environ: b"OK") as port, ExitStack() as stack:
        one, request = connect(stack, port), GET % b"/"
        for at in range(len(request)):
            one.sendall(request[at : at + 1])
            time.sleep(0.002)
        assert body(one, 2) == b"OK"


def test_a_connection_that_takes_the_place_of_a_closed_one_is_answered() -> None:
    with web_server(lambda environ: b"OK") as port:
        for _ in range(20):  # the kernel gives the same descriptor again
            with ExitStack() as stack:
                one = connect(stack, port)
                one.sendall(GET % b"/")
                assert body(one, 2) == b"OK"


def test_who_waits_long_is_answered_when_it_is_time_and_others_meanwhile() -> None:
    bell = threading.Event()

    def answer(environ: dict[str, Any]) -> bytes:
        if environ["PATH_INFO"] == "/wait":
            turns = environ["gradient_grader.channel"].server.task_dispatcher.queue
            with turns.resting(environ["gradient_grader.channel"]):
                assert bell.wait(10)
        return b"OK"

    with web_server(answer, threads=16) as port, ExitStack() as stack:
        waiting = [connect(stack, port) for _ in range(10)]
        for one in waiting:
            one.sendall(GET % b"/wait")
        other = connect(stack, port)
        other.sendall(GET % b"/")
        assert body(other, 2) == b"OK"
        bell.set()
        assert [body(one, 2) for one in waiting] == [b"OK"] * 10


def test_idle_connections_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ALL_SECONDS", 0.2)
    with web_server(lambda environ: b"OK", channel_timeout=1, cleanup_interval=1) as port, ExitStack() as stack:
        assert connect(stack, port).recv(1) == b""


def test_those_to_which_nothing_happens_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    readable = Channel.readable

    def counted(self: Channel) -> bool:
        nonlocal asked
        asked += 1
        return bool(readable(self))

    monkeypatch.setattr(Channel, "readable", counted)
    with web_server(lambda environ: b"OK") as port, ExitStack() as stack:
        idle, one = [connect(stack, port) for _ in range(200)], connect(stack, port)
        until(lambda: asked >= len(idle))
        one.sendall(GET % b"/")
        assert body(one, 2) == b"OK"
        before = asked
        for _ in range(20):
            one.sendall(GET % b"/")
            assert body(one, 2) == b"OK"
        assert asked - before <= 20 * 10
