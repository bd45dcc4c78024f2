"""The loop over the web server's connections.

waitress's own asks each of them, whenever anything happens, whether it wants to read or to write: while a class waits
for its reports, that is a third of the server's work. Here only those are asked to which something has happened.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterable
from typing import Any

from waitress import wasyncore

from service.arrival import Channel, Turns

ALL_SECONDS = 1.0  # after which all are asked again: for how long they have been idle, and for whatever was missed


class Connections:
    """Those of a waitress server, whose requests take turns from here on."""

    def __init__(self, server: Any) -> None:
        server.channel_class = Channel
        self._turns = Turns(server.task_dispatcher)
        self._server = server
        self._open: dict[int, Any] = server._map  # by descriptor; the server itself and its trigger among them
        self._poll = select.poll()
        self._wants: dict[int, int] = {}
        self._happened: set[int] = set()
        self._all_at = 0.0

    def step(self, seconds: float) -> None:
        """Waits so long for something to happen, and has it done."""
        for descriptor in self._changed():
            self._ask(descriptor)
        events = self._poll.poll(1000 * seconds)
        self._happened = {descriptor for descriptor, _ in events}
        for descriptor, flags in events:
            if (connection := self._open.get(descriptor)) is not None:
                wasyncore.readwrite(connection, flags)
        self._turns.look()

    def _changed(self) -> Iterable[int]:
        """Those that may want something else than before."""
        if time.monotonic() >= self._all_at:
            self._all_at = time.monotonic() + ALL_SECONDS
            return {*self._open, *self._wants}
        new = self._open.keys() - self._wants.keys()
        served = {channel._fileno for channel in self._turns.at_work()} & self._wants.keys()
        return {self._server._fileno, *self._happened, *new, *served}

    def _ask(self, descriptor: int) -> None:
        connection, before, wants = self._open.get(descriptor), self._wants.pop(descriptor, 0), 0
        if connection is not None:
            if connection.readable():
                wants |= select.POLLIN | select.POLLPRI
            if connection.writable() and not connection.accepting:
                wants |= select.POLLOUT
            self._wants[descriptor] = wants
        if wants and wants != before:
            self._poll.register(descriptor, wants)
        elif before and not wants:
            self._poll.unregister(descriptor)
