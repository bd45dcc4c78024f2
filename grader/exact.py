"""The exact witness: the whole objective expanded to scalars, and differentiated by SymPy outright.

For scalar circuits it is the derivation shown to students and the judge of derivatives in symbols; for networks it
certifies an exercise at small dimensions (the cost grows with every entry). The local rules of the reverse sweep are
SymPy's too (`grader.gates`), but chained by us: this witness chains nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from grader.elementwise import Elementwise
from grader.program import Input, Operation, Program
from grader.shapes import unbroadcast

DIGITS = 50


@dataclass(frozen=True, eq=False)
class Derivation:
    """`gradient`: SymPy expressions, an object array in the node's shape, over `symbols`: (node, index) by symbol."""

    gradient: Any
    symbols: Mapping[Any, tuple[int, tuple[int, ...]]]

    def evaluate(self, values: Sequence[Any]) -> Any:
        """The gradient at the point whose node values are given (mpmath numbers for DIGITS digits, or floats), as an
        object array of mpmath numbers."""
        import mpmath

        numbers = [
            mpmath.mpmathify(np.asarray(values[node], dtype=object)[index]) for node, index in self.symbols.values()
        ]
        result = np.empty(self.gradient.size, dtype=object)
        with mpmath.workdps(DIGITS):
            result[:] = [mpmath.mpf(function(*numbers)) for function in self._functions]
        return result.reshape(self.gradient.shape)

    @cached_property
    def _functions(self) -> list[Callable[..., Any]]:
        import sympy

        modules = [{"Heaviside": _step}, "mpmath"]
        return [sympy.lambdify(list(self.symbols), e, modules=modules) for e in self.gradient.reshape(-1)]


def _step(u: Any, at_zero: Any = 0.5) -> Any:
    return 1 if u > 0 else 0 if u < 0 else at_zero


def derive(
    program: Program, objective: int, node: int, sizes: Mapping[str, int], labels: Mapping[str, Any] | None = None
) -> Derivation:
    """The derivative of the scalar node `objective` by every entry of `node`, over symbols for `node`, for the inputs,
    and for the named steps that do not depend on `node` (so that dq of f = q*z reads z). Inputs that choose entries
    (`labels`) are taken at their values."""
    import sympy

    moving = program.dependents([node])
    symbols: dict[Any, tuple[int, tuple[int, ...]]] = {}

    def fresh(index: int, name: str) -> Any:
        shape = program.shape_of(index, sizes)
        array = np.empty(shape, dtype=object)
        for entry in np.ndindex(shape):
            symbol = sympy.Symbol(name + "".join(f"_{i}" for i in entry), real=True)
            symbols[symbol] = (index, entry)
            array[entry] = symbol
        return array if shape else array[()]

    labels = labels or {}
    computed: list[Any] = []
    symbolized = {i: name for name, i in program.names.items() if i == node or i not in moving}
    for i, entry in enumerate(program.nodes):
        name = symbolized.get(i)
        if isinstance(entry, Input) and entry.value is not None:
            computed.append(sympy.Rational(entry.value))
        elif name is None:
            assert isinstance(entry, Operation)  # an input moves nothing but itself, so it has its name
            computed.append(symbolic(entry, [computed[s] for s in entry.inputs]))
        elif name in sizes:
            computed.append(sympy.Integer(sizes[name]))
        else:
            computed.append(labels[name] if name in labels else fresh(i, name))
    whole, wanted = np.asarray(computed[objective], dtype=object), np.asarray(computed[node], dtype=object)
    gradient = np.empty(wanted.shape, dtype=object)
    for index in np.ndindex(wanted.shape):
        gradient[index] = sympy.diff(whole[()], wanted[index])
    used = set().union(*(e.free_symbols for e in gradient.reshape(-1)))
    return Derivation(gradient, {symbol: place for symbol, place in symbols.items() if symbol in used})


def symbolic(operation: Operation, inputs: list[Any]) -> Any:
    """The operation on arrays of SymPy expressions."""
    return _entry_by_entry(operation, inputs, lambda gate: gate.symbolic)


@lru_cache(maxsize=4096)
def precise_number(number: Fraction) -> Any:
    """A number in DIGITS digits, which have to be set."""
    import mpmath

    return mpmath.mpf(number.numerator) / number.denominator


def precise(operation: Operation, inputs: list[Any]) -> Any:
    """The operation on arrays of mpmath numbers."""
    return _entry_by_entry(operation, inputs, lambda gate: gate.precise)


def precise_vjp(operation: Operation, i: int, upstream: Any, output: Any, inputs: list[Any]) -> Any:
    """What the operation passes on to its input at `i` of the gradient `upstream`, on arrays of mpmath numbers."""
    upstream, *inputs = (np.asarray(value, dtype=object) for value in (upstream, *inputs))
    gate = operation.gate
    if isinstance(gate, Elementwise):
        local = np.frompyfunc(gate.precise_partial(i), gate.arity + 1, 1)(*inputs, 0.5)
        return unbroadcast(np.asarray(upstream * local, dtype=object), np.shape(inputs[i]))
    return gate.vjp(i, upstream, output, inputs, operation.options, 0.5)


def _entry_by_entry(operation: Operation, inputs: list[Any], function: Callable[[Elementwise], Any]) -> Any:
    if isinstance(operation.gate, Elementwise):
        return np.frompyfunc(function(operation.gate), operation.gate.arity, 1)(*inputs)
    return operation.gate.forward(*inputs, **operation.options)
