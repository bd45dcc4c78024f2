"""The value interface: a scalar circuit built of the student's own class of numbers that know how they came about.

    {"kind": "value", "class": "Value", "program": [["multiply", ["x", "y"]], ["power", [0, 2.0]]],
     "reads": {"dx": "x", "dp": 0}}

The program's operands are inputs by name, numbers (floats), and earlier steps (ints). Every input becomes `Value(x)`,
the steps are computed with them, `backward()` is called on the last one, and `grad` is read of inputs and steps.

No class has every operation. What it lacks is composed of what it has (`COMPOSED`): a - b is a + (-1)·b; of numbers
that can be compared Python's `max` is the larger. A plain number
is handed over as it is where the class takes one, and else as a `Value` of it; this is tried on other values first, so
that an exception on the circuit's own is the student's to see.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from .loading import Definitions
from .modules import Absent
from .source import Program
from .trial import Trial
from .values import look_up
from .wire import MAX_WORDS, Failure

Apply = Callable[..., Any]  # (gate, *operands) -> a value


class _NotComposed(Exception):
    """These operands are not what the composition is for."""


class Operation(NamedTuple):
    """An operation as the class may have it: the method that tells so, how it is written, how it is done."""

    method: str
    written: str
    do: Callable[..., Any]


def _method(name: str) -> Operation:
    return Operation(name, f".{name}()", operator.methodcaller(name))


OPERATIONS = {
    "add": Operation("__add__", "+", operator.add),
    "subtract": Operation("__sub__", "-", operator.sub),
    "multiply": Operation("__mul__", "*", operator.mul),
    "divide": Operation("__truediv__", "/", operator.truediv),
    "power": Operation("__pow__", "**", operator.pow),
    "negative": Operation("__neg__", "-", operator.neg),
    "maximum": Operation("max", ".max()", lambda a, b: a.max(b)),
    "minimum": Operation("min", ".min()", lambda a, b: a.min(b)),
    **{name: _method(name) for name in "exp log sqrt sin cos tanh sigmoid relu leaky_relu softplus abs".split()},
}


def _power(do: Apply, a: Any, n: Any) -> Any:
    """A whole power as a product, or as one over it."""
    if type(n) is not float or n != int(n) or not n:
        raise _NotComposed
    product = functools.reduce(lambda product, _: do("multiply", product, a), range(abs(int(n)) - 1), a)
    return product if n > 0 else do("divide", 1.0, product)


COMPOSED: dict[str, Callable[..., Any]] = {  # an operation that a class lacks, of others, done by `do`
    "negative": lambda do, a: do("multiply", a, -1.0),
    "subtract": lambda do, a, b: do("add", a, do("multiply", b, -1.0)),
    "divide": lambda do, a, b: do("multiply", a, do("power", b, -1.0)),
    "power": _power,
    "sqrt": lambda do, a: do("power", a, 0.5),
    "tanh": lambda do, a: do("subtract", 1.0, do("divide", 2.0, do("add", do("exp", do("multiply", a, 2.0)), 1.0))),
    "sigmoid": lambda do, a: do("divide", 1.0, do("add", do("exp", do("negative", a)), 1.0)),
    "softplus": lambda do, a: do("log", do("add", do("exp", a), 1.0)),
    "leaky_relu": lambda do, a: do("subtract", do("relu", a), do("multiply", do("relu", do("negative", a)), 0.01)),
    "abs": lambda do, a: do("add", do("relu", a), do("relu", do("negative", a))),
    "maximum": lambda do, a, b: do("add", b, do("relu", do("subtract", a, b))),
    "minimum": lambda do, a, b: do("subtract", a, do("relu", do("subtract", a, b))),
}

LARGEST: dict[str, Callable[..., Any]] = {  # what Python itself takes of numbers that can be compared
    "maximum": max,
    "minimum": min,
    "relu": lambda a: max(a, type(a)(0.0)),
}

VALUES: dict[str, Callable[..., float]] = {  # of plain numbers
    **{gate: OPERATIONS[gate].do for gate in "add subtract multiply divide power negative".split()},
    **{gate: getattr(math, gate) for gate in "exp log sqrt sin cos tanh".split()},
    "maximum": max,
    "minimum": min,
    "abs": abs,
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
    "relu": lambda a: max(a, 0.0),
    "leaky_relu": lambda a: a if a > 0 else 0.01 * a,
    "softplus": lambda a: math.log1p(math.exp(a)),
}
CLOSE = 1e-3  # float32 is no other value

GATES = frozenset(OPERATIONS) | frozenset(COMPOSED)


class Circuit:
    """A class of a program whose definitions are run once; the circuit is built of it anew for each trial."""

    notes: tuple[()] = ()

    def __init__(self, interface: dict[str, Any], program: Program, inputs: list[str], absent: Absent) -> None:
        self.interface = interface
        self.type = Definitions(program, {})[interface["class"]]
        self._taken: dict[tuple[str, int], bool] = {}
        self._composing: list[str] = []

    def __call__(self, trial: Trial) -> None:
        if trial.call.construct_only:
            return
        program = self.interface["program"]
        names = {operand for _, operands in program for operand in operands if isinstance(operand, str)}
        nodes: dict[str | int, Any] = {name: self.type(trial.give(name)) for name in sorted(names)}
        for step, (gate, operands) in enumerate(program):
            nodes[step] = self._apply(gate, *(o if isinstance(o, float) else nodes[o] for o in operands))
        self._compare(trial, nodes)
        nodes[len(program) - 1].backward()
        for ask, node in self.interface["reads"].items():
            trial.take(ask, look_up(nodes[node], ("grad",)))

    def _compare(self, trial: Trial, nodes: dict[str | int, Any]) -> None:
        """Notes the first operation that comes to another value than it should, where the class shows its values."""
        right: dict[str | int, float] = {n: float(trial.call.values[n]) for n in nodes if isinstance(n, str)}
        for step, (gate, operands) in enumerate(self.interface["program"]):
            try:
                right[step] = VALUES[gate](*(o if isinstance(o, float) else right[o] for o in operands))
                got = float(look_up(nodes[step], ("data", "value")))
            except Exception:  # it is out of reach, or the class shows no number: that is no fault
                return
            if not math.isclose(got, right[step], rel_tol=CLOSE, abs_tol=CLOSE):
                told = {"got": f"{got:.6g}", "expected": f"{right[step]:.6g}", "operation": OPERATIONS[gate].written}
                trial.note("computes_another_value", name=self.interface["class"][:MAX_WORDS], **told)
                return

    def _apply(self, gate: str, *operands: Any) -> Any:
        """The gate's value, by the class's own operation or else composed. Raises Failure where neither can be."""
        operation = OPERATIONS.get(gate)
        if operation and all(type(operand) is float for operand in operands):
            return operation.do(*operands)
        if operation and hasattr(self.type, operation.method):
            return operation.do(*(self._accepted(operation, gate, place, o) for place, o in enumerate(operands)))
        if gate in LARGEST and self._is_ordered():
            return LARGEST[gate](*(self.type(o) if type(o) is float else o for o in operands))
        if gate not in COMPOSED or gate in self._composing:
            raise self._lacks(gate)
        self._composing.append(gate)
        try:
            return COMPOSED[gate](self._apply, *operands)
        except _NotComposed:
            raise self._lacks(gate) from None
        finally:
            self._composing.pop()

    def _is_ordered(self) -> bool:
        """Whether the class says which of two of its numbers is the larger."""
        return any(getattr(self.type, sign) is not getattr(object, sign) for sign in ("__lt__", "__gt__"))

    def _lacks(self, gate: str) -> Failure:
        return Failure("value_lacks", name=self.interface["class"][:MAX_WORDS], operation=OPERATIONS[gate].written)

    def _accepted(self, operation: Operation, gate: str, place: int, operand: Any) -> Any:
        """The operand, a plain number made a value of the class where the operation does not take it as it is there.
        A whole exponent is an int, as one writes it."""
        if type(operand) is not float:
            return operand
        number = int(operand) if gate == "power" and place == 1 and operand == int(operand) else operand
        if (gate, place) not in self._taken:
            self._taken[gate, place] = self._takes(operation, place, number)
        return number if self._taken[gate, place] else self.type(number)

    def _takes(self, operation: Operation, place: int, number: float) -> bool:
        operands = [self.type(2.0)] * 2
        operands[place] = number
        try:
            return isinstance(operation.do(*operands), self.type)
        except Exception:  # whatever is wrong here is seen again, and told, with a value in the number's place
            return False
