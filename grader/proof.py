"""Proofs by algebra that an answer in symbols equals the derivative, attempted after the verdict.

The verdict is made of points (`grader.symbolic`) and stays as it is: a proof only adds that nothing depends on the
points. SymPy may take minutes or gigabytes for a line of text, so it works in a process of its own, which has so much
memory, and is ended and begun anew when an answer takes longer than it may. What crosses the pipe to it are checked
trees, never text; what comes back is one byte.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import pickle
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import IO, Any

from grader.exact import derive
from grader.exercise import Exercise, Gradient
from grader.expressions import Apply, Expression, ExpressionError, Name, Number, gates_of, names_of, put
from grader.gates import GATES
from grader.notation import CONSTANTS, read
from grader.program import Input, Program
from grader.report import GradientReport, Note, Report

SECONDS = 1.0
MEMORY = 1 << 30
ORPHANS_SECONDS = 30
MAX_GATES = 500
"""Of an answer with all that it uses."""
MAX_KINKS = 4
"""Each kink doubles the cases in which the two sides are compared."""
_STARTED, _PROVED, _OPEN = b"s", b"p", b"o"


class Prover:
    """The limited process, started when first needed; a context manager that ends it."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Prover:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def prove(self, exercise: Exercise, report: Report) -> Report:
        """`report` with `proof` "proved" for each answer that could be proved within the seconds it may take."""
        own = {gradient.name: gradient.understood for gradient in report.gradients if gradient.understood}
        own |= {
            note.parameters["name"]: note.parameters["understood"] for note in report.notes if note.code == "own_line"
        }
        return replace(report, gradients=tuple(self._proved(exercise, own, g) for g in report.gradients))

    def _proved(self, exercise: Exercise, own: Mapping[str, str], gradient: GradientReport) -> GradientReport:
        ask = exercise.ask(gradient.name) if gradient.proof == "points" else None
        if not isinstance(ask, Gradient) or gradient.understood is None:
            return gradient
        try:
            tree = _spelled_out(gradient.understood, exercise.program, own)
        except ExpressionError:
            return gradient
        if tree is None or not self.equal(exercise.program, ask.objective, ask.node, tree):
            return gradient
        notes = (Note("proved"), *(n for n in gradient.notes if n.code != "agrees"))
        return replace(gradient, proof="proved", notes=notes)

    def equal(self, program: Program, objective: int, node: int, tree: Expression) -> bool:
        """Whether `tree` was proved equal to the derivative of `objective` by `node`; False tells nothing."""
        with self._lock:
            try:
                process = self._running()
                assert process.stdin
                pickle.dump((program, objective, node, tree), process.stdin)
                process.stdin.flush()
                return self._answer(process, self.seconds) == _PROVED
            except OSError:  # it ran out of memory, or was ended from outside
                self._end()
                return False

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            command = [sys.executable, "-P", "-m", "grader.proof"]
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self._process = subprocess.Popen(command, bufsize=0, **pipes)
            self._answer(self._process, 30)  # importing SymPy is not the answer's time
        return self._process

    def _answer(self, process: subprocess.Popen[bytes], seconds: float) -> bytes:
        assert process.stdout
        ready, _, _ = select.select([process.stdout], [], [], seconds)
        answer = os.read(process.stdout.fileno(), 1) if ready else b""
        if not answer:
            self._end()
        return answer

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            with contextlib.suppress(OSError):
                self._process.communicate()
            self._process = None


def _spelled_out(understood: str, program: Program, own: Mapping[str, str]) -> Expression | None:
    """The answer with the student's other answers in the place of their names; None where that is too long. Raises
    ExpressionError."""
    names = program.names.keys() | own.keys()
    tree = read(understood, names)
    for _ in own:
        for name in names_of(tree) - program.names.keys() - set(CONSTANTS):
            tree = put(tree, {name: read(own[name], names)})
            if gates_of(tree) > MAX_GATES:
                return None
    return tree


# --------------------------------------------------------------------------------------------- in the limited process


def equal_by_algebra(program: Program, objective: int, node: int, tree: Expression) -> bool:
    """Whether SymPy shows that `tree` is the derivative of `objective` by `node`, on every side of every kink.
    Unbounded in time and memory."""
    import sympy

    steps = _Steps()
    values: list[Any] = []
    for entry in program.nodes:
        if isinstance(entry, Input):
            values.append(
                sympy.Symbol(str(entry.name), real=True) if entry.value is None else sympy.Rational(entry.value)
            )
        else:
            values.append(steps.of_gate(entry.gate.name, [values[i] for i in entry.inputs]))
    derivation = derive(program, objective, node, {})
    derivative = steps.of_sympy(derivation.gradient[()])
    derivative = derivative.xreplace({symbol: values[place] for symbol, (place, _) in derivation.symbols.items()})
    names = {"e": sympy.E, "pi": sympy.pi, **{name: values[i] for name, i in program.names.items()}}
    difference = steps.of_tree(tree, names) - derivative
    difference, kinks = steps.gathered(difference)
    if len(kinks) > MAX_KINKS:
        return False
    sides = itertools.product((0, 1), repeat=len(kinks))
    return all(_vanishes(difference.subs(dict(zip(kinks, side, strict=True)))) for side in sides)


class _Steps:
    """SymPy's form of gates with every kink written as a step function of its own, H(u)."""

    def __init__(self) -> None:
        import sympy

        self.step = sympy.Function("H")

    def of_tree(self, tree: Expression, names: Mapping[str, Any]) -> Any:
        import sympy

        match tree:
            case Number(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Name(name):
                return names[name]
            case Apply("where", (condition, one, other)):
                chosen = self.of_tree(condition, names)
                if not (isinstance(condition, Apply) and condition.gate in ("greater", "greater_equal")):
                    chosen = self.step(chosen)
                return self.of_tree(one, names) * chosen + self.of_tree(other, names) * (1 - chosen)
            case Apply(gate, arguments):
                return self.of_gate(gate, [self.of_tree(a, names) for a in arguments])

    def of_gate(self, gate: str, arguments: list[Any]) -> Any:
        import sympy

        a, b = [*arguments, None][:2]
        match gate:
            case "greater" | "greater_equal":
                return self.step(a - b)
            case "step":
                return self.step(a)
            case "maximum":
                return b + (a - b) * self.step(a - b)
            case "minimum":
                return a + (b - a) * self.step(a - b)
            case "relu":
                return a * self.step(a)
            case "leaky_relu":
                return a * (self.step(a) + (1 - self.step(a)) / 100)
            case "abs":
                return a * (2 * self.step(a) - 1)
            case "tanh":
                return 1 - 2 / (sympy.exp(2 * a) + 1)
        return GATES[gate].symbolic(*arguments)  # type: ignore[union-attr] # every gate of scalars has it

    def of_sympy(self, derivative: Any) -> Any:
        """SymPy's own derivative, its maxima, steps and pieces written as steps."""
        import sympy

        def pieces(*cases: Any) -> Any:
            (one, condition), (other, _) = cases
            return other + (one - other) * self.step(condition.gts - condition.lts)

        derivative = derivative.replace(sympy.Piecewise, pieces).replace(
            sympy.tanh, lambda u: self.of_gate("tanh", [u])
        )
        for kind, gate in ((sympy.Max, "maximum"), (sympy.Min, "minimum")):
            derivative = derivative.replace(
                kind, lambda *of, g=gate: functools.reduce(lambda a, b: self.of_gate(g, [a, b]), of)
            )
        return derivative.replace(sympy.Abs, lambda u: self.of_gate("abs", [u])).replace(
            sympy.Heaviside, lambda u, *_: self.step(u)
        )

    def gathered(self, difference: Any) -> tuple[Any, list[Any]]:
        """The difference with a letter for each kink: H(-u) = 1 - H(u), and H(2u) = H(u)."""
        import sympy

        kinks: dict[Any, Any] = {}

        def letter(u: Any) -> Any:
            u = sympy.expand(u).primitive()[1]
            if u.is_number:
                return sympy.Heaviside(u, sympy.Rational(1, 2))
            if u.could_extract_minus_sign():
                return 1 - kinks.setdefault(-u, sympy.Dummy("h"))
            return kinks.setdefault(u, sympy.Dummy("h"))

        return difference.replace(self.step, letter), list(kinks.values())


def _vanishes(difference: Any) -> bool:
    """Whether a difference is zero: as a quotient of polynomials, its exponentials letters, or else simplified."""
    import sympy
    from sympy.polys.fields import sfield

    letters: dict[Any, Any] = {}

    def letter(u: Any) -> Any:
        factor, _ = u.as_coeff_Mul()
        whole = factor if factor.is_Integer else sympy.Integer(1)
        return letters.setdefault(u / whole, sympy.Dummy("E", positive=True)) ** whole

    # exp(a + b) as exp(a) exp(b), and exp(-3 a) as a power of exp(a)
    separate = sympy.expand(
        difference, deep=True, **dict.fromkeys(("mul", "multinomial", "log", "power_base", "basic"), False)
    )
    _, quotient = sfield(separate.replace(sympy.exp, letter))
    return bool(quotient == 0 or sympy.simplify(difference) == 0)


def _limit_memory() -> None:
    """This process: so much memory, and the processor when nobody else wants it."""
    with contextlib.suppress(ImportError):  # a system without it has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(10)


def _limit_time() -> None:
    """The next answer, in case nobody is left who would end this process."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + ORPHANS_SECONDS, resource.RLIM_INFINITY))


def _main(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
    _limit_memory()
    import sympy  # noqa: F401

    outgoing.write(_STARTED)
    while True:
        outgoing.flush()
        try:
            asked = pickle.load(incoming)
        except EOFError:
            return
        _limit_time()
        try:
            proved = equal_by_algebra(*asked)
        except Exception:  # SymPy's own: nothing is proved
            proved = False
        outgoing.write(_PROVED if proved else _OPEN)


if __name__ == "__main__":
    _main(sys.stdin.buffer, sys.stdout.buffer)
