"""A job from its text to its reply: read, choose the interface, make the calls. Runs in the locked child."""

from __future__ import annotations

import io
import mmap
import random
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from . import circuit, function, layer, procedure, raised, script, source, values, wire
from .modules import Absent
from .source import Program
from .trial import Trial
from .wire import Failure, Work


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
    """Keeps the first `most` bytes written to it, until it is closed for good by `keep = False`."""

    def __init__(self, most: int) -> None:
        self.most, self.written, self.cut, self.keep = most, bytearray(), False, True

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.keep:
            left = self.most - len(self.written)
            self.cut = self.cut or len(data) > left
            self.written += bytes(data[:left])
        return len(data)

    @property
    def text(self) -> str:
        return self.written.decode(errors="ignore")


def reply(work: Work) -> bytes:
    """The reply's frame. Whatever a student's code breaks here, it breaks its own answers only."""
    # Address space, given back when memory runs out so that it can be said. Mapped by hand: what malloc gives the
    # second time may be memory that it clears, a thousand pages of it.
    reserve = mmap.mmap(-1, 4 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    output = Output(work.limits["stdout_bytes"])
    sys.stdin = io.StringIO()
    sys.stdout = sys.stderr = io.TextIOWrapper(output, "utf-8", "backslashreplace", write_through=True)
    text: dict[str, Any] = {"failed": None}
    trials: list[Trial] = []
    try:
        text |= _run(work, output, trials)
    except (Failure, MemoryError) as error:
        reserve.close()
        if isinstance(error, MemoryError):
            error = Failure("out_of_memory", limit_mib=work.limits["memory_bytes"] >> 20)
        text = {"failed": [error.code, error.parameters, error.line]}
        trials = []
    return wire.encode_reply(
        [answer for trial in trials for answer in trial.answers],
        {
            **text,
            "stdout": output.text,
            "calls": [
                {"types": [a.type[: wire.MAX_WORDS] for a in t.answers], "raised": t.raised, "notes": t.notes}
                for t in trials
            ],
        },
    )


def _run(work: Work, output: Output, trials: list[Trial]) -> dict[str, Any]:
    program = source.read(work.source, work.notebook, work.modules)
    absent = Absent(program.files, {}, work.modules)
    absent.install()
    index, kind = _choose(work, program)
    runner = kind.runner(work.interfaces[index], program, work.inputs, absent)

    def attempt(number: int) -> Trial:
        trial = Trial(work.calls[number], work.limits["array_entries"])
        try:
            runner(trial)
        except (Failure, MemoryError):
            raise
        except BaseException as error:  # SystemExit and KeyboardInterrupt are exceptions like any other here
            trial.raised = raised.describe(error, program)
            raised.annotate(trial, error, program, absent)
        trial.finish()
        return trial

    for number in range(len(work.calls)):
        if number:
            trials.append(attempt(number))
        else:
            trials.append(_twice(attempt, output, work.interfaces[index]))
    notes = list(runner.notes)
    if output.cut:
        notes.append(("stdout_cut", {"limit": output.most}))
    return {"interface": index, "notes": notes}


def _twice(attempt: Callable[[int], Trial], output: Output, interface: dict[str, Any]) -> Trial:
    """The worked example, made twice: a right backward pass answers the same again. How an object starts is random
    by nature: a class gets the same random state both times, and its start is not compared."""
    steady = interface["kind"] == "class"
    states = (random.getstate(), np.random.get_state()) if steady else None  # noqa: NPY002  the one students use
    trial = attempt(0)
    output.keep = False
    if trial.raised is None:
        if states:
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002  as above
        again = attempt(0)
        starts = set(values.names_in(interface.get("start", {})))
        pairs = zip(trial.call.asks, trial.answers, again.answers, strict=True)
        differ = [ask for ask, one, two in pairs if ask not in starts and not values.same(one, two)]
        if differ:
            trial.note("results_differ_on_second_call", names=differ)
    return trial


def _choose(work: Work, program: Program) -> tuple[int, Kind]:
    fits = [KINDS[interface["kind"]].fits(interface, program) for interface in work.interfaces]
    best = max(fits, default=0)
    if best:
        index = fits.index(best)
        return index, KINDS[work.interfaces[index]["kind"]]
    told = [KINDS[interface["kind"]].expected(interface) for interface in work.interfaces]
    raise Failure("no_interface_fits", expected="; ".join(told)[: wire.MAX_WORDS])
