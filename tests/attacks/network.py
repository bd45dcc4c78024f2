"""Calls somebody, or waits to be called."""

from tests.attacks.attack import Attack, Limits, answers, denied, ended_early, raises

_C = "import ctypes\nc = ctypes.CDLL(None)\n"

ATTACKS = [
    Attack("calls a server", "import socket; socket.create_connection(('127.0.0.1', TCP))", denied),
    Attack("calls a server through C",
           _C + "fd = c.socket(2, 1, 0); a = (2).to_bytes(2, 'little') + TCP.to_bytes(2) + bytes([127, 0, 0, 1]) + bytes(8)\n"
           "dx = c.connect(fd, a, 16)", answers(-1.0)),
    Attack("calls a server from a server's address", "import socket\ns = socket.socket(); s.bind(('127.0.0.1', 0))\n"
           "s.connect(('127.0.0.1', TCP))", denied),
    Attack("opens fast", "import socket\ns = socket.socket()\ns.sendto(b'x', socket.MSG_FASTOPEN, ('127.0.0.1', TCP))",
           denied),
    Attack("sends a datagram", "import socket; socket.socket(type=2).sendto(b'the answers', ('127.0.0.1', UDP))", denied),
    Attack("sends a datagram through IPv6",
           "import socket; socket.socket(10, 2).sendto(b'x', ('::ffff:127.0.0.1', UDP))", denied),
    Attack("sends a datagram through C",
           _C + "fd = c.socket(2, 2, 0); a = (2).to_bytes(2, 'little') + UDP.to_bytes(2) + bytes([127, 0, 0, 1]) + bytes(8)\n"
           "dx = c.sendto(fd, b'x', 1, 0, a, 16)", answers(-1.0)),
    Attack("calls a local server", "import socket; socket.socket(socket.AF_UNIX).connect(UNIX)", denied),
    Attack("opens six connections at once",
           "import os, socket\nkept = []\ntry:\n"
           "    for _ in range(6): kept.append(socket.socket()); kept[-1].connect(('127.0.0.1', TCP))\n"
           "except OSError: os._exit(1)\nos._exit(0)", ended_early, watched=("many connections",)),
    Attack("waits to be called",
           "import socket\ns = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); dx = 7", denied, claims=True),
    Attack("opens a netlink socket", "import socket; socket.socket(16, socket.SOCK_RAW); dx = 7", denied, claims=True),
    Attack("opens a raw socket", "import socket; socket.socket(2, socket.SOCK_RAW, 1); dx = 7", denied, claims=True),
    Attack("opens a packet socket", "import socket; socket.socket(17, socket.SOCK_RAW); dx = 7", denied, claims=True),
    Attack("opens a kernel's crypto socket", "import socket; socket.socket(38, 5); dx = 7", denied, claims=True),
    Attack("makes a pair of sockets", "import socket; socket.socketpair(); dx = 7", denied, claims=True),
    Attack("looks up a name", "import socket; socket.getaddrinfo('localhost.example', 80)", raises("gaierror"),
           Limits(wall_seconds=5)),
    Attack("fetches a page", "import urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{TCP}', timeout=1)",
           raises("ModuleNotFoundError")),
]  # fmt: skip
