"""The web server as the service runs it, before an application of a test's own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from waitress import create_server, wasyncore

from service.connections import Connections


@contextmanager
def web_server(answer: Callable[[dict[str, Any]], bytes], **settings: Any) -> Iterator[int]:
    """Where it listens, for the length of the block. It answers with what `answer` makes of a request's environment."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = answer(environ)
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    server = create_server(app, sockets=[listening], **{"threads": 4, "connection_limit": 1000, **settings})
    connections, stopped = Connections(server), threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            connections.step(0.05)

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        yield listening.getsockname()[1]
    finally:
        stopped.set()
        serving.join()
        server.task_dispatcher.shutdown(timeout=1)
        server.close()
        for channel in list(server.active_channels.values()):
            channel.handle_close()  # and the files in which large answers lie
        wasyncore.close_all(server._map)
