"""An exercise: a forward program, what is asked of it, and how it may be handed in.

It never states a gradient. `grader.reading` reads one from YAML; the form is described in docs/exercises.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from grader.interface import Interface
from grader.program import Program
from grader.sandbox import Limits
from grader.shapes import Dimension, Dimensions, size_of, written


class ExerciseError(ValueError):
    """An exercise that cannot be used: what is wrong, and at which line of its YAML (1-based; None for the whole)."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.reason, self.line = message, line


@dataclass(frozen=True)
class Draw:
    """How an input's values are drawn: "signed" (0.25 to 1.25 either side of zero), "uniform" between bounds,
    "labels" (0 and 1, both present where there is room), "classes" (integers below the size of `of`), "integers"
    (1 to 5 either side of zero), or "one_hot" (one 1 along `axis`)."""

    kind: str = "signed"
    low: float = 0.25
    high: float = 1.25
    of: Dimension = 0
    axis: int = 0

    @property
    def whole(self) -> bool:
        """Whether students get integers."""
        return self.kind in ("classes", "integers")


class _Shaped:
    """What has a shape in the exercise's letters."""

    dimensions: Dimensions

    @property
    def symbolic_shape(self) -> str:
        """As Python writes it: `(n_h, n_x)`."""
        return written(self.dimensions)

    def shape(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """In numbers."""
        return tuple(size_of(d, sizes) for d in self.dimensions)


@dataclass(frozen=True)
class Given(_Shaped):
    """An input: its shape in letters, whether it is a parameter (handed over in `parameters`), and its values."""

    name: str
    dimensions: Dimensions
    parameter: bool
    draw: Draw
    constant: float | None
    worked: Any


@dataclass(frozen=True)
class Gradient(_Shaped):
    """d `of` / d `wrt`, asked in the shape of `wrt`; `objective` and `node` are nodes of the program."""

    name: str
    points: float
    of: str
    wrt: str
    objective: int
    node: int
    dimensions: Dimensions


@dataclass(frozen=True)
class Value(_Shaped):
    """A forward result or an update step: node `node` of the exercise's `updates` program, in which the gradients
    are inputs. With `own`, they are the student's own where they answered them, else the exact ones."""

    name: str
    points: float
    expression: str
    own: bool
    node: int
    dimensions: Dimensions

    wrt = None


@dataclass(frozen=True)
class Random(_Shaped):
    """A random start, judged by its mean and standard deviation at the sizes `at`, where these are sharp."""

    name: str
    points: float
    mean: float
    std: float
    at: Mapping[str, int]
    like: str
    dimensions: Dimensions

    wrt = None


@dataclass(frozen=True)
class Procedure(_Shaped):
    """A procedure of the student's that differentiates `of` numerically with respect to `wrt`. With `steps` it is
    called once for each step h, its results are stacked along a first axis, and it must converge with `order`. `body`
    is `of` as NumPy code over inputs."""

    name: str
    points: float
    of: str
    wrt: str
    objective: int
    node: int
    steps: tuple[float, ...]
    order: int
    body: str
    dimensions: Dimensions


Asked = Gradient | Value | Random | Procedure


FOLLOW_THROUGH = {"none": 1.0, "half": 0.5, "full": 0.0}
"""What is taken off, by the marks that follow-through earns."""
SYMBOLS = "symbols"
"""The name of handing in derivatives in symbols, beside the names of interfaces."""


class PolicyError(ValueError):
    """A policy that cannot be used: `name` is the key, the message says what is expected there."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class Policy:
    """What a teacher takes off, as a part of a quantity's points from 0 (nothing) to 1 (all of them): for an answer
    that only follows from an earlier mistake, one in float32, one with an epsilon inside a logarithm or quotient, a
    numerical derivative where backpropagation was asked, and another honest convention."""

    follow_through: float = 0.0
    float32: float = 0.0
    epsilon: float = 0.0
    numerical_derivative: float = 1.0
    convention: float = 0.0

    def overlaid(self, given: Mapping[str, Any]) -> Policy:
        """This policy with the keys of `given` in place of its own; `follow_through` is told as the marks that it
        earns, none, half or full. Raises PolicyError."""
        known = {field.name for field in fields(self)}
        costs: dict[str, float] = {}
        for name, cost in given.items():
            if name not in known:
                raise PolicyError(name, f"`{name}` is not known here; there are: {', '.join(sorted(known))}")
            if name == "follow_through":
                if not isinstance(cost, str) or cost not in FOLLOW_THROUGH:
                    raise PolicyError(name, "none, half or full is expected here")
                costs[name] = FOLLOW_THROUGH[cost]
            elif isinstance(cost, bool) or not isinstance(cost, (int, float)) or not 0 <= cost <= 1:
                raise PolicyError(name, "a part from 0 to 1 is expected here")
            else:
                costs[name] = float(cost)
        return replace(self, **costs)


@dataclass(frozen=True)
class Variant:
    """What is drawn for one student: a value for each of the exercise's choices, sizes for the worked example, and
    the seed of its numbers."""

    chosen: Mapping[str, str | float]
    sizes: Mapping[str, int]
    seed: str


@dataclass(frozen=True, eq=False)
class Exercise:
    """An exercise, read and checked. `title` by language; `digest` identifies its content and variant (not
    what an assignment changes: `policy` and `takes`); `dimensions`
    are the worked example's sizes, `derived` those that follow from the others; `choices` what a variant may choose,
    `chosen` what this one has; `modules` are the courses' own that students may import. `seed` is where the worked
    example's numbers are drawn from, empty for a public one; `takes` are the ways to hand in that an assignment takes,
    None for all; `limits` what a run of a submission may use, where the sandbox's own are not lower."""

    name: str
    title: Mapping[str, str]
    digest: str
    dimensions: Mapping[str, int]
    samples: str | None
    inputs: tuple[Given, ...]
    forward: str
    steps: tuple[str, ...]
    ties: bool
    program: Program
    updates: Program
    asks: tuple[Asked, ...]
    interfaces: tuple[Interface, ...]
    modules: tuple[str, ...]
    derived: Mapping[str, Dimension]
    choices: Mapping[str, tuple[str | float, ...]]
    chosen: Mapping[str, str | float]
    source: str
    seed: str = ""
    policy: Policy = Policy()
    takes: frozenset[str] | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def max_score(self) -> float:
        return sum(ask.points for ask in self.asks)

    @cached_property
    def of_scalars(self) -> bool:
        """Whether every input is a scalar, and every asked quantity the gradient of one."""
        scalars = all(not given.dimensions for given in self.inputs)
        return scalars and all(isinstance(ask, Gradient) and not ask.dimensions for ask in self.asks)

    @cached_property
    def in_symbols(self) -> tuple[Gradient | Value, ...]:
        """What can be answered in symbols: gradients and values."""
        return tuple(ask for ask in self.asks if isinstance(ask, (Gradient, Value)))

    @property
    def accepts_symbols(self) -> bool:
        """Whether answers in symbols are taken."""
        return bool(self.in_symbols) and (self.takes is None or SYMBOLS in self.takes)

    @property
    def accepts_code(self) -> bool:
        """Whether code is taken."""
        return self.takes is None or any(interface.name in self.takes for interface in self.interfaces)

    @property
    def ways(self) -> tuple[str, ...]:
        """The names of all ways to hand in: its interfaces, and SYMBOLS."""
        return tuple(interface.name for interface in self.interfaces) + ((SYMBOLS,) if self.in_symbols else ())

    def handed_out(
        self,
        policy: Mapping[str, Any] | None = None,
        interfaces: Sequence[str] | None = None,
        limits: Mapping[str, float] | None = None,
    ) -> Exercise:
        """This exercise as a course hands it out: with a policy over its own, taking only those of its `ways` that are
        named (all, where a new version has none of these any more), and with `limits` (by the names of STATED_LIMITS)
        that its own do not exceed. Its content is the same, so are digest and trials. Raises PolicyError."""
        made = replace(self, policy=self.policy.overlaid(policy)) if policy else self
        if limits:
            made = replace(made, limits=made.limits.within(made.limits.stated(limits)))
        takes = frozenset(interfaces or ()).intersection(self.ways)
        if not takes:
            return made
        taken = tuple(interface for interface in self.interfaces if interface.name in takes)
        return replace(made, takes=takes, interfaces=taken or self.interfaces)

    def shown_shape(self, ask: Asked) -> tuple[int, ...]:
        """The shape of `ask` where it is shown in numbers: the worked example, or where a random start is judged."""
        return ask.shape(ask.at if isinstance(ask, Random) else self.dimensions)

    def title_in(self, language: str) -> str:
        """The title, in English where it has no other."""
        return self.title.get(language, self.title["en"])

    def sizes(self, letters: Mapping[str, int]) -> dict[str, int]:
        """All sizes, from those of the letters that are not derived."""
        sizes = {letter: size for letter, size in letters.items() if letter not in self.derived}
        for letter, spelled in self.derived.items():
            sizes[letter] = size_of(spelled, sizes)
        return {letter: sizes[letter] for letter in self.dimensions}

    def ask(self, name: str) -> Asked:
        """The asked quantity of that name. Raises KeyError."""
        return self._asks[name]

    @cached_property
    def answers(self) -> frozenset[str]:
        """The steps of the forward pass whose values are asked for."""
        asked = {ask.node for ask in self.asks if isinstance(ask, Value)}
        return frozenset(step for step in self.steps if self.updates.names[step] in asked)

    @cached_property
    def _asks(self) -> dict[str, Asked]:
        return {ask.name: ask for ask in self.asks}
