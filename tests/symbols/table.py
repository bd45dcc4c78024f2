"""The judge of symbols on generated pairs, beside SymPy."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from grader import Prover, Symbols, catalogue, grade, trial_set
from grader.exact import derive
from grader.expressions import Expression, evaluate
from grader.gates import GATES
from grader.grade_symbols import judge_arrays
from grader.lines import read_lines
from grader.notation import read
from grader.symbolic import Different, Equal, judge_symbols, rational_points
from tests.symbols.hostile import HOSTILE, HOSTILE_OF_ARRAYS
from tests.symbols.network_pairs import network_pairs
from tests.symbols.pairs import Pair, pairs

SECONDS = 2.0
MEMORY = 2 << 30


def print_table(only_points: bool = False) -> None:
    """Prints one row for each judge, as they are done."""
    measured, of_arrays = list(pairs()), list(network_pairs())
    equal = sum(pair.equal for pair in measured)
    asked = len({(pair.exercise.name, pair.ask.name) for pair in measured})
    unequal = len(measured) - equal
    print(f"{len(measured)} pairs, {equal} equal in another form and {unequal} not equal, of {asked} derivatives;")
    same, networks = sum(pair.equal for pair in of_arrays), len({pair.exercise.name for pair in of_arrays})
    print(f"{len(of_arrays)} pairs of arrays, {same} equal and {len(of_arrays) - same} not, of {networks} exercises;")
    print(f"SymPy in a process of its own, ended after {SECONDS:g} s.\n")
    print("| judged by | right | wrong | undecided | hanging | p50 ms | p95 ms | largest ms |")
    print("|---|---|---|---|---|---|---|---|")
    _print_row("points (what is shipped)", measured, _by_points(measured))
    _print_row("trials (arrays, what is shipped)", of_arrays, _by_trials(of_arrays))
    if not only_points:
        _print_row("proof (after the verdict)", measured, _by_proof(measured))
        for name in ("equals", "simplify"):
            _print_row(f"SymPy `{name}`", measured, _by_sympy(measured, name))


def print_refusals() -> None:
    """Prints how long the hostile texts take to be refused, each as the answer of a submission."""
    times = []
    for name, asked, texts in (("multiply", "dx", HOSTILE), ("two-layer", "dZ2", HOSTILE_OF_ARRAYS)):
        exercise = catalogue()[name]
        trials = trial_set(exercise, b"symbols", 0)
        for text in ("x", *sorted(texts)):
            before = time.perf_counter()
            report = grade(exercise, Symbols({asked: text}), trials, None)  # type: ignore[arg-type]
            times.append(time.perf_counter() - before)
            if text == "x":
                times.pop()  # what is derived once an exercise
            elif report.score:
                print(f"NOT REFUSED: {text[:60]!a}", file=sys.stderr)
    median, largest = np.percentile([1000 * seconds for seconds in times], [50, 100])
    print(f"\n{len(times)} hostile texts are refused in {median:.2f} ms (p50), the slowest in {largest:.1f} ms.")


Judged = tuple[bool | str | None, float]
"""True, False, None for undecided, or "hanging"; and the seconds that it took."""


def _print_row(name: str, measured: Sequence[Pair], judged: Sequence[Judged]) -> None:
    counts: Counter[str] = Counter()
    for pair, (said, _) in zip(measured, judged, strict=True):
        decided = isinstance(said, bool)
        counts["hanging" if said == "hanging" else "undecided" if not decided else str(said is pair.equal)] += 1
        if decided and said is not pair.equal and name.startswith("points"):
            print(f"WRONG: {pair.exercise.name} {pair.ask.name}: {pair.text}", file=sys.stderr)
    times = np.percentile([1000 * seconds for _, seconds in judged], [50, 95, 100])
    row = [counts["True"], counts["False"], counts["undecided"], counts["hanging"], *(f"{t:.2f}" for t in times)]
    print(f"| {name} | {' | '.join(map(str, row))} |", flush=True)


def _by_points(measured: Sequence[Pair]) -> list[Judged]:
    judged: list[Judged] = []
    for pair in measured:
        trials = trial_set(pair.exercise, b"symbols", 0)
        judge_symbols(pair.exercise, pair.ask, "1", trials)  # what is derived once an exercise
        rational_points(pair.exercise, trials)
        before = time.perf_counter()
        outcome = judge_symbols(pair.exercise, pair.ask, pair.text, trials)
        said = True if isinstance(outcome, Equal) else False if isinstance(outcome, Different) else None
        judged.append((said, time.perf_counter() - before))
    return judged


def _by_trials(measured: Sequence[Pair]) -> list[Judged]:
    judged: list[Judged] = []
    for pair in measured:
        trials = trial_set(pair.exercise, b"symbols", 0)
        judge_arrays(pair.exercise, read_lines(pair.exercise, {pair.ask.name: "1"}), trials)
        before = time.perf_counter()
        lines = read_lines(pair.exercise, {pair.ask.name: pair.text})
        found = next(one for one in judge_arrays(pair.exercise, lines, trials) if one.ask == pair.ask)
        finite = all(one.verdict != "not_finite" for one in found.judgements)
        judged.append((found.right if finite else None, time.perf_counter() - before))
    return judged


def _by_proof(measured: Sequence[Pair]) -> list[Judged]:
    """The prover can only say yes; what it says no to is undecided."""
    judged: list[Judged] = []
    with Prover() as prover:
        for pair in measured:
            program, ask = pair.exercise.program, pair.ask
            tree = read(pair.text, program.names)
            before = time.perf_counter()
            proved = prover.equal(program, ask.objective, ask.node, tree)
            judged.append((True if proved else None, time.perf_counter() - before))
    return judged


def _by_sympy(measured: Sequence[Pair], method: str) -> list[Judged]:
    judged: list[Judged] = []
    connection, process = _begin(method)
    for pair in measured:
        tree = read(pair.text, pair.exercise.program.names)
        connection.send((pair.exercise.program, pair.ask.objective, pair.ask.node, tree))
        if connection.poll(SECONDS + 30) and connection.recv() == "started" and connection.poll(SECONDS):
            judged.append(connection.recv())
        else:
            judged.append(("hanging", SECONDS))
            process.kill()
            process.join()
            connection, process = _begin(method)
    process.kill()
    return judged


def _begin(method: str) -> tuple[Connection, Any]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_work, args=(theirs, method), daemon=True)
    process.start()
    return ours, process


def _work(connection: Connection, method: str) -> None:
    import resource

    import sympy

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    decide: Callable[[Any, Any], bool | None] = {
        "equals": lambda one, other: one.equals(other),
        "simplify": lambda one, other: True if sympy.simplify(one - other) == 0 else False,
    }[method]
    while True:
        one, other = _both_sides(*connection.recv())
        connection.send("started")
        before = time.perf_counter()
        try:
            said = decide(one, other)
        except Exception:
            said = None
        connection.send((said, time.perf_counter() - before))


def _both_sides(program: Any, objective: int, node: int, tree: Expression) -> tuple[Any, Any]:
    """The answer and the derivative in SymPy, over what does not depend on the variable."""
    import sympy

    derivation = derive(program, objective, node, {})
    moving = program.dependents([node])
    values: list[Any] = []
    for i, entry in enumerate(program.nodes):
        name = program.name_of(i)
        if name is not None and (i == node or i not in moving):
            values.append(sympy.Symbol(name, real=True))
        elif hasattr(entry, "gate"):
            values.append(entry.gate.symbolic(*(values[j] for j in entry.inputs)))
        else:
            values.append(sympy.Rational(entry.value))
    names = {name: values[i] for name, i in program.names.items()}
    answer = evaluate(
        tree,
        {"e": sympy.E, "pi": sympy.pi, **names},
        lambda number: sympy.Rational(number.numerator, number.denominator),
        lambda operation, arguments: GATES[operation.gate].symbolic(*arguments),  # type: ignore[union-attr]
    )
    return answer, derivation.gradient[()]
