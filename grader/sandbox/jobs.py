"""What goes into a run of the sandbox, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from grader.candidate import Candidate, Raised
from grader.report import RunStatus

Value = Any  # np.ndarray of float64 or int64, or int


class Stated(NamedTuple):
    """How a limit is stated by people: the field of `Limits`, how many of its units are one, and from what to what."""

    field: str
    unit: int
    least: float
    most: float

    @property
    def bounds(self) -> tuple[float, float]:
        """From what to what."""
        return self.least, self.most


STATED_LIMITS = {
    "wall_seconds": Stated("wall_seconds", 1, 0.1, 20),
    "cpu_seconds": Stated("cpu_seconds", 1, 1, 20),
    "memory_mib": Stated("memory_bytes", 1 << 20, 200, 4096),
    "output_kib": Stated("stdout_bytes", 1 << 10, 1, 64),
}


@dataclass(frozen=True)
class Limits:
    """What one run may use. The wall clock is the primary limit, the others back it up.

    `wall_seconds` (but for what it waited for a processor) and `cpu_seconds` are for the whole job, all its calls;
    `memory_bytes` is address space, of which Python and NumPy take about 120 MiB; `stdout_bytes` is what is kept of the
    worked example's output (UTF-8); `array_entries` is the size of the largest single answer.
    """

    wall_seconds: float = 5.0
    cpu_seconds: int = 5
    memory_bytes: int = 600 << 20
    stdout_bytes: int = 16 << 10
    array_entries: int = 1_000_000

    def within(self, most: Limits) -> Limits:
        """These, but none of them larger than in `most`."""
        return Limits(*map(min, vars(self).values(), vars(most).values()))

    def stated(self, given: Mapping[str, float]) -> Limits:
        """These, with those of `given` in their place: by the names, and in the units, of STATED_LIMITS."""
        told = ((STATED_LIMITS[name], value) for name, value in given.items())
        changed: dict[str, Any] = {limit.field: value * limit.unit for limit, value in told}
        return replace(self, **changed)


@dataclass(frozen=True, eq=False)
class Call:
    """One trial, as the child sees it.

    `values` are float64 or int64 arrays by name (inputs, intermediates, upstream gradients), and dimensions as ints.
    `asks` names what is to be answered. `construct_only` is for classes: construct, read `start`, and no more.
    """

    values: Mapping[str, Value]
    asks: tuple[str, ...]
    construct_only: bool = False


@dataclass(frozen=True, eq=False)
class Job:
    """A submission and the calls to make of it.

    `interfaces` are plain data (the forms are told in `grader.sandbox`): the one that fits the submission best is
    taken, of several that fit as well the first that can be called. `inputs` are the names that a script may not
    reassign. `calls[0]` is the worked example, the only one whose output and exception text are given back; each
    other one reaches the student's process when the one before it has been answered. `modules` are what the course
    hands out, by name: our own source, which the student's code may import, and may read.
    """

    source: str
    notebook: bool
    interfaces: tuple[Mapping[str, Any], ...]
    inputs: tuple[str, ...]
    calls: tuple[Call, ...]
    modules: Mapping[str, str] = field(default_factory=dict)


Note = tuple[str, Mapping[str, Any]]
"""A code of `grader.messages` and its parameters."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What one call answered: a candidate for each of its asks."""

    candidates: Mapping[str, Candidate]
    raised: Raised | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, eq=False)
class Finished:
    """The submission ran. `interface` is the index of the one taken, `answers` has one entry per call."""

    interface: int
    answers: tuple[Answers, ...]
    stdout: str
    notes: tuple[Note, ...]
    wall_seconds: float


@dataclass(frozen=True)
class Failed:
    """The submission gave no answers at all. `code` and `parameters` word the message; `line` is the student's."""

    status: RunStatus
    code: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None
    stdout: str = ""
    wall_seconds: float = 0.0


@dataclass(frozen=True)
class Layers:
    """Which walls hold. `landlock` is the kernel's Landlock ABI, 0 where it has none."""

    seccomp: bool
    landlock: int
    rlimits: bool
    unsafe: bool = False


class SandboxUnavailable(RuntimeError):
    """The sandbox does not hold on this machine, or could not be started; nothing may be served."""
