"""A job from its text to its replies: read, choose the interface, make the calls. Runs in the locked child."""

from __future__ import annotations

import io
import mmap
import os
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from . import circuit, function, layer, procedure, raised, script, source, values, wire
from .modules import Absent
from .source import Program
from .trial import Trial
from .wire import CallWork, Failure, Work


class Kind(NamedTuple):
    """A kind of interface: how well a program fits it (from 0 to 1), what would, and how it is called."""

    fits: Callable[[dict[str, Any], Program], float]
    expected: Callable[[dict[str, Any]], str]
    runner: Callable[[dict[str, Any], Program, list[str], Absent], Any]


KINDS = {
    "script": Kind(script.fits, script.expected, script.Script),
    "function": Kind(function.fits, function.expected, function.Function),
    "class": Kind(layer.fits, layer.expected, layer.Layer),
    "value": Kind(layer.fits, layer.expected, circuit.Circuit),
    "procedure": Kind(function.fits, procedure.expected, procedure.Procedure),
}


class Output(io.RawIOBase):
    """Keeps the first `most` bytes written to it, until it is closed for good by `keep = False`; `notes` say whether
    that is all."""

    most = 0

    def __init__(self) -> None:
        self.written = bytearray()
        self.forget()

    def forget(self) -> None:
        """As if nothing had been written."""
        self.written.clear()
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self.keep = True

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.keep:
            left = self.most - len(self.written)
            self.written += bytes(data[:left])
            if len(data) > left and not self.notes:
                self.notes = self._cut()
        return len(data)

    def _cut(self) -> list[tuple[str, dict[str, Any]]]:
        cut: tuple[str, dict[str, Any]] = ("stdout_cut", {"limit": self.most})
        match source.running():
            case None:
                return [cut]
            case 0, line:
                return [cut, ("stdout_cut_in_line", {"cut_line": line})]
            case cell, line:
                return [cut, ("stdout_cut_in_cell", {"cut_line": line, "cut_cell": cell})]

    @property
    def text(self) -> str:
        return self.written.decode(errors="ignore")


# Made before a child is forked, which does one job.
_input = io.StringIO()
_output = Output()
_printed = io.TextIOWrapper(_output, "utf-8", "backslashreplace", write_through=True)  # type: ignore[type-var]


class Session:
    """A submission that has been read; its worked example decides how it is called. `reserve` is given back when memory
    runs out. Raises Failure where it cannot be."""

    def __init__(self, work: Work, reserve: mmap.mmap) -> None:
        self.work, self.reserve = work, reserve
        self.program = source.read(work.source, work.notebook, work.modules)
        self.absent = Absent(self.program.files, {}, work.modules)
        self.absent.install()
        self.fitting = _fitting(work, self.program)

    def attempt(self, call: CallWork) -> Trial:
        """One call. Raises Failure where the submission cannot be called so, or memory runs out."""
        trial = Trial(call, self.work.limits["array_entries"])
        try:
            self.runner(trial)
        except Failure:
            raise
        except MemoryError as error:
            raise self.out_of_memory(error) from None
        except BaseException as error:  # SystemExit and KeyboardInterrupt are exceptions like any other here
            trial.raised = raised.describe(error, self.program)
            raised.annotate(trial, error, self.program, self.absent)
        trial.finish()
        return trial

    def out_of_memory(self, error: MemoryError) -> Failure:
        """With the line that asked for too much, where there was memory left to remember it."""
        self.reserve.close()
        where = raised.frames(error, self.program)
        file, line, _ = where[-1] if where else ("", None, "")
        return _out_of_memory(self.work, line, self.program.files.get(file, 0))

    def worked_example(self, call: CallWork, output: Output) -> Trial:
        """The first call, by the interface that fits best, or by one that fits as well where that one cannot be called:
        a helper beside a whole script may bear the name of an interface's function."""
        failures = []
        for index in self.fitting:
            self.index, self.interface = index, self.work.interfaces[index]
            runner = KINDS[self.interface["kind"]].runner
            output.forget()  # what another interface has printed, and left out: this one may run all of it
            self.program.skipped.clear()
            self.program.failed.clear()
            try:
                self.runner = runner(self.interface, self.program, self.work.inputs, self.absent)
                return self._twice(call, output)
            except Failure as failure:
                if failure.code == "out_of_memory":
                    raise
                failures.append(failure)
        raise failures[0]

    def _twice(self, call: CallWork, output: Output) -> Trial:
        """A right backward pass answers the same again. How an object starts is random by nature: a class gets the same
        random state both times, and its start is not compared."""
        steady = self.interface["kind"] == "class"
        states = (random.getstate(), np.random.get_state()) if steady else None  # noqa: NPY002  what students use
        trial = self.attempt(call)
        output.keep = False
        if trial.raised is None:
            if states:
                random.setstate(states[0])
                np.random.set_state(states[1])  # noqa: NPY002  as above
            again = self.attempt(call)
            starts = set(values.names_in(self.interface.get("start", {})))
            pairs = zip(call.asks, trial.answers, again.answers, strict=True)
            differ = [ask for ask, one, two in pairs if ask not in starts and not values.same(one, two)]
            if differ:
                trial.note("results_differ_on_second_call", names=differ)
        return trial


def converse(reader: BinaryIO, write: Callable[[bytes], object]) -> None:
    """Reads a job, and answers its calls one by one until the parent has no more of them. Whatever a student's code
    breaks here, it breaks its own answers only."""
    work = wire.read_job(reader)
    if work.draws:
        _seed()
    # Address space, given back when memory runs out so that it can be said. Mapped by hand: what malloc gives the
    # second time may be memory that it clears, a thousand pages of it.
    reserve = mmap.mmap(-1, 4 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    _output.most = work.limits["stdout_bytes"]
    _output.forget()
    sys.stdin, sys.stdout, sys.stderr = _input, _printed, _printed
    try:
        for reply in _replies(work, reserve, reader, _output):
            write(reply)
    except (Failure, MemoryError) as error:
        reserve.close()
        if isinstance(error, MemoryError):
            error = _out_of_memory(work)
        failed = [error.code, error.parameters, error.line]
        write(wire.encode_reply([], {"failed": failed, "stdout": _output.text}))


def _seed() -> None:
    """The children of one zygote share the state of its generators."""
    random.seed()
    np.random.seed(int.from_bytes(os.urandom(4), "little"))  # noqa: NPY002  students use the global generator


def _out_of_memory(work: Work, line: int | None = None, cell: int = 0) -> Failure:
    return Failure("out_of_memory", line, limit_mib=work.limits["memory_bytes"] >> 20, cell=cell)


def _replies(work: Work, reserve: mmap.mmap, reader: BinaryIO, output: Output) -> Iterator[bytes]:
    """A frame for each call; the first one also says what there is to say of the whole."""
    call = wire.read_call(reader)
    session = Session(work, reserve)
    trial = session.worked_example(call, output)
    text = {"interface": session.index, "notes": [*session.runner.notes, *output.notes], "stdout": output.text}
    left = wire.MAX_DATA
    while True:
        answers = trial.answers
        types = [answer.type[: wire.MAX_WORDS] for answer in answers]
        text |= {"failed": None, "call": {"types": types, "raised": trial.raised, "notes": trial.notes}}
        reply = wire.encode_reply(answers, text, left)
        left -= len(reply)
        yield reply
        try:
            call = wire.read_call(reader)
        except EOFError:
            return
        trial, text = session.attempt(call), {}


def _fitting(work: Work, program: Program) -> list[int]:
    """The interfaces that fit the program best, as their numbers. Raises Failure where none fits."""
    fits = [KINDS[interface["kind"]].fits(interface, program) for interface in work.interfaces]
    if any(fits):
        return [index for index, fit in enumerate(fits) if fit == max(fits)]
    told = [KINDS[interface["kind"]].expected(interface) for interface in work.interfaces]
    raise Failure("no_interface_fits", expected="; ".join(told)[: wire.MAX_WORDS])
