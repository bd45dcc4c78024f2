"""What an attack can reach for, and who watches it: all of it outside the process that attacks."""

from __future__ import annotations

import ctypes
import os
import pickle
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.attacks.attack import PRELUDE, Attack, Outcome, job
from tests.attacks.traces import in_the_reply, measured, right
from tests.attacks.worker import Request, Told, children, status

HONEST = "print('hello')\ndx = 2 * x"
_ROOT = Path(__file__).parents[2]
_SUBREAPER = 36
_libc = ctypes.CDLL(None)


class Scene:
    """A folder with a secret and a file to write to, listeners, a worker with a secret in its environment. Its sandbox
    lacks the layers that `without` says."""

    def __init__(self) -> None:
        self.off = frozenset[str]()
        self.token = f"owl-{secrets.token_hex(8)}"
        self.hidden = 1 + secrets.randbelow(10**9) / 10**9  # where the hidden call is made
        self.folder = Path(tempfile.mkdtemp(prefix="attacked-"))
        self.folder.chmod(0o777)
        (self.folder / "secret").write_text(self.token)
        (self.folder / "target").touch()
        (self.folder / "target").chmod(0o666)
        self.unix = f"\0{secrets.token_hex(8)}"
        self.log, self.stderr = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.listeners = [socket.socket(), socket.socket(type=socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX)]
        for listener, address in zip(self.listeners, [("127.0.0.1", 0)] * 2 + [self.unix], strict=True):
            listener.bind(address)
            listener.setblocking(False)
        for listener in (self.listeners[0], self.listeners[2]):
            listener.listen(16)
        self.worker = self._start()
        self.zygotes: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        for listener in self.listeners:
            listener.close()
        os.close(self.log)
        os.close(self.stderr)
        shutil.rmtree(self.folder)

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "SECRET": self.token}
        command = [sys.executable, "-c", "from tests.attacks.worker import main; main()"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        return subprocess.Popen(
            command, **pipes, stderr=self.stderr, env=environment, cwd=_ROOT, start_new_session=True
        )

    def stop(self) -> None:
        """Ends the worker, and with it its zygote."""
        for pipe in (self.worker.stdin, self.worker.stdout):
            with suppress(OSError):
                pipe.close()
        try:
            self.worker.wait(10)
        except subprocess.TimeoutExpired:
            self.worker.kill()
            self.worker.wait()

    def without(self, *layers: str) -> Self:
        """From here on the sandbox lacks just these layers."""
        self.off, self.zygotes = frozenset(layers), ()
        return self

    def again(self) -> None:
        """A new worker, after one that was hurt."""
        self.stop()
        self.worker, self.zygotes = self._start(), ()

    def _send(self, request: Request) -> None:
        pickle.dump(request._replace(off=self.off), self.worker.stdin)
        self.worker.stdin.flush()

    def ask(self, request: Request) -> Told | None:
        """What the worker tells; None where it is no more."""
        try:
            self._send(request)
            told: Told = pickle.load(self.worker.stdout)
        except (OSError, EOFError):
            return None
        return told

    def attack(self, attack: Attack) -> tuple[Outcome | None, dict[str, str]]:
        """How `attack` ended, and what it did to the world: words by the name of a measure, none where it was stopped.
        An honest submission follows."""
        self.clean()
        if attack.before:
            for _ in range(4):  # so that every child that waits was forked after the first of them
                self.ask(Request(job(attack.before.replace("TOKEN", repr(self.token)), self.hidden)))
        prelude = PRELUDE.format(
            str(self.folder), str(self.folder / "secret"), *(listener.getsockname()[1] for listener in self.listeners[:2]),
            self.unix, self.worker.pid, os.environ.get("ATTACKS_SETUID", "/bin/none"),
        )  # fmt: skip
        beside = job(attack.beside.replace("TOKEN", repr(self.token)), self.hidden) if attack.beside else None
        request = Request(attack.job(prelude, self.hidden), attack.limits, self.off, beside, bool(attack.watched))
        if attack.worker_is_killed:
            return None, self._kill_the_worker(request)
        told = self.ask(request)
        seen = {"worker": "the worker is dead"} if told is None else dict(self._next())
        seen |= dict(self._in_the_world())
        if told is None:
            self.again()
            return None, seen
        seen |= dict(in_the_reply(told, attack, self.token, self.hidden))
        seen |= dict(measured(told, attack))
        return told.outcome, {name: words for name, words in seen.items() if name in (attack.watched or GENERAL)}

    def _in_the_world(self) -> Iterator[tuple[str, str]]:
        names = {path.name: oct(path.stat().st_mode) for path in self.folder.iterdir()}
        names["itself"] = oct(self.folder.stat().st_mode)
        if names != {"secret": names.get("secret"), "target": "0o100666", "itself": "0o40777"}:
            yield "files", f"a folder has changed: {' '.join(sorted(names))}"
        if any(core.stat().st_size for core in self.folder.glob("core*")):
            yield "core", "a core file is left"
        if (self.folder / "target").exists() and (self.folder / "target").read_bytes():
            yield "content", "a file's content has changed"
        if any(path.stat().st_uid == 0 for path in self.folder.iterdir()) and os.getuid():
            yield "privileges", "a file of root's was made"
        connections = len(list(self._connections()))
        if connections:
            yield "connections", "a listener was called"
        if connections > 3:
            yield "many connections", f"{connections} connections at once"
        if orphans := [pid for pid in children(os.getpid()) if pid not in (self.worker.pid, *self.own)]:
            yield "processes", "it lives on"
            for orphan in orphans:
                with suppress(ProcessLookupError):
                    os.kill(orphan, signal.SIGKILL)
        if _shared_memory_left(self.worker.pid):
            yield "ipc", "shared memory is left behind"
        if self._logged():
            yield "log", "the worker's log was written to"

    def _logged(self) -> bytes:
        """What the worker's error output says since it was last asked."""
        with suppress(BlockingIOError):
            return os.read(self.log, 1 << 16)
        return b""

    def _connections(self) -> Iterator[None]:
        for listener in self.listeners:
            with suppress(BlockingIOError):
                while True:
                    if listener.type == socket.SOCK_DGRAM:
                        listener.recv(100)
                    else:
                        listener.accept()[0].close()
                    yield

    def works(self) -> bool:
        """Whether an honest submission gets its right answer."""
        told = self.ask(Request(job(HONEST, 5.0)))
        return told is not None and right(told.outcome)

    def _next(self) -> Iterator[tuple[str, str]]:
        """The next student, and whether it is still the same zygote that serves."""
        told = self.ask(Request(job(HONEST, 5.0)))
        if told is None or not right(told.outcome):
            yield "next", "the next student's result is another"
            self.again()
        elif self.zygotes and told.zygote != self.zygotes:
            yield "zygote", "the zygote had to be replaced"
        self.zygotes = told.zygote if told else ()

    def _kill_the_worker(self, request: Request) -> dict[str, str]:
        """While it runs `request`: all that it started must end with it."""
        self.ask(Request(job(HONEST, 5.0)))
        self._send(request)
        time.sleep(0.3)
        started = [*children(self.worker.pid)]
        started += [child for zygote in started for child in children(zygote)]
        self.worker.kill()
        deadline = time.monotonic() + 2
        while (alive := [pid for pid in started if status(pid).get("State", "Z")[0] not in "ZX"]) and (
            time.monotonic() < deadline
        ):
            time.sleep(0.02)
        for pid in alive:
            os.kill(pid, signal.SIGKILL)
        self.again()
        return {"processes": "it lives on"} if alive else {}

    def clean(self) -> None:
        """Everything as before the next attack."""
        for path in self.folder.iterdir():
            if path.name not in ("secret", "target"):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        self.folder.chmod(0o777)
        (self.folder / "secret").write_text(self.token)
        (self.folder / "target").write_bytes(b"")
        (self.folder / "target").chmod(0o666)
        list(self._connections())
        self._logged()
        self.own = set(children(os.getpid())) - {self.worker.pid}


GENERAL = frozenset(
    "files connections processes ipc log secrets hidden text fault entries claim time worker next zygote".split()
)
"""What counts for an attack that is not watched in a special way."""


def _shared_memory_left(key: int) -> bool:
    """Whether there is a System V segment of that key; it is removed."""
    segment = _libc.shmget(key, 1, 0)
    if segment >= 0:
        _libc.shmctl(segment, 0, None)
    return bool(segment >= 0)


@contextmanager
def heir() -> Iterator[None]:
    """What outlives its parent becomes this process's child meanwhile, so that it is seen."""
    _libc.prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        _libc.prctl(_SUBREAPER, 0, 0, 0, 0)
