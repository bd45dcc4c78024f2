"""One job, with no lock at all: for a laptop without Linux. Standard input is the channel."""

from __future__ import annotations

import faulthandler
import os
import signal
import socket

from . import modules, session, wire


def serve() -> None:
    """Serves the one job and ends."""
    channel = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    modules.import_all()
    faulthandler.register(signal.SIGXCPU, channel.fileno(), all_threads=False)
    channel.sendall(wire.LOCKED)
    talk = wire.Channel(channel.fileno())
    session.converse(talk.reader, talk.write)
    talk.send()
    os._exit(0)  # no student's clean-up
