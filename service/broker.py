"""Messages as files in one folder: the broker of `serve`, for processes on one machine.

A message is written beside the queue and renamed into it, so that nobody reads half of one; it belongs to whoever
unlinks it, so that nobody reads it twice. (Kombu's own file transport promises neither.) Names sort by priority, then
by time; of several queues, the first that holds a message gives one. Who puts one rings for those who wait. A message
that is lost with its reader is delivered again by the sweep: the database is the truth.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import virtual
from kombu.utils.json import dumps, loads

from service.bell import Bell

_AT_MOST = 0.25


class Channel(virtual.Channel):
    """A channel over `transport_options["folder"]`."""

    @property
    def folder(self) -> Path:
        """Where the messages lie."""
        return Path(self.connection.client.transport_options["folder"])

    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        (self.folder / "new").mkdir(parents=True, exist_ok=True, mode=0o700)

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        self._new_queue(queue)
        priority = self._get_message_priority(message)
        name = f"{queue}.{priority}.{time.time_ns():020d}.{uuid.uuid4().hex}"
        written = self.folder / "new" / name
        written.write_text(dumps(message), encoding="utf-8")
        written.rename(self.folder / name)
        Bell(self.folder / "bell").ring()

    def _poll(self, cycle: Any, callback: Any, timeout: float | None = None) -> Any:
        """A message of the first queue that has one, in the order in which they are consumed."""
        for queue in self._active_queues:
            try:
                return self._get_and_deliver(queue, callback)
            except Empty:
                continue
        raise Empty

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for name in self._waiting(queue):
            path = self.folder / name
            try:
                text = path.read_text(encoding="utf-8")
                path.unlink()
            except FileNotFoundError:
                continue
            return loads(text)
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._waiting(queue))

    def _purge(self, queue: str) -> int:
        names = self._waiting(queue)
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
        return len(names)

    def _waiting(self, queue: str) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self.folder) if name.startswith(f"{queue}."))
        except FileNotFoundError:
            return []


class Transport(virtual.Transport):
    """Kombu's transport `service.broker:Transport`."""

    Channel = Channel
    default_port = 0
    driver_type = "folder"
    driver_name = "folder"
    implements = virtual.Transport.implements.extend(asynchronous=False, exchange_type=frozenset(["direct"]))

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self._bell = Bell(Path(client.transport_options["folder"]) / "bell")

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Waits for a message, and not so long that a worker would be slow to stop. Raises TimeoutError."""
        try:
            self.cycle.get(self._deliver)
        except Empty:
            if self._bell.wait(min(timeout or _AT_MOST, _AT_MOST)) is None:
                raise TimeoutError from None

    def close_connection(self, connection: Any) -> None:
        """Closes the channels, then the bell."""
        super().close_connection(connection)
        self._bell.close()

    def driver_version(self) -> str:
        """There is no driver."""
        return "N/A"
