"""How the time of a grading grows with what there is to grade, and that of pages with the class:

    python -m tests.benchmarks.growth [--quick]

The exponent is the slope of log time over log size by least squares, on the least of several repeats at each size; the
last one is between the two largest sizes, where what does not grow weighs least.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from grader import Exercise, Sandbox, TrialSet, grade, read_code, read_exercise, worked_example
from grader.explain import _table
from grader.mistakes import mistakes_of
from grader.trials import Trial, draw_trial
from tests.benchmarks.dashboard import classroom
from tests.benchmarks.measured import Work

PER_STUDENT = 10
Prepared = tuple[float, Work]


@dataclass(frozen=True)
class Growth:
    """Least seconds by size of what grows; `most` is the exponent that the work itself has."""

    what: str
    sizes: Sequence[float]
    seconds: Sequence[float]
    most: float

    @property
    def exponent(self) -> float:
        return float(np.polyfit(np.log(self.sizes), np.log(self.seconds), 1)[0])

    @property
    def last(self) -> float:
        (a, b), (s, t) = np.log(self.sizes[-2:]), np.log(self.seconds[-2:])
        return float((t - s) / (b - a))


@dataclass(frozen=True)
class Grown:
    """All that was measured, as a part of the page."""

    rows: Sequence[Growth]
    name: str = "growth"
    title: str = "Growth"


@cache
def exercise(layers: int = 1) -> Exercise:
    """A network of so many hidden layers with tanh and the squared error. As the cost's scale c has a value of its own
    in the worked example, that is taken as it is drawn."""
    given = ["X: {shape: [n_x, m]}", "Y: {shape: [n_h, m]}", "c: {shape: []}"]
    given += [f"W{i}: {{shape: [n_h, {'n_x' if i == 1 else 'n_h'}], parameter: true}}" for i in range(1, layers + 1)]
    steps = [f"Z{i} = W{i} @ {'X' if i == 1 else f'A{i - 1}'}\nA{i} = tanh(Z{i})" for i in range(1, layers + 1)]
    lines = "\n".join([*steps, f"J = c * sum((A{layers} - Y)**2) / m"]).splitlines()
    asked = [f"dW{i}" for i in range(layers, 0, -1)]
    text = ["name: grown", "title: {en: Grown, ja: Grown}", "dimensions: {n_x: 3, n_h: 4, m: 5}"]
    text += ["samples: m", "worked: {c: 0.5}", "inputs:", *(f"  {line}" for line in given)]
    text += ["forward: |", *(f"  {line}" for line in lines), "gradients:"]
    text += [f"  {name}: {{of: J, wrt: {name[1:]}}}" for name in asked]
    text += ["interfaces:", "  - function: backward", "    arguments: [parameters, cache, X, Y, c]"]
    return read_exercise("\n".join([*text, f"    returns: {{dict: [{', '.join(asked)}]}}", ""]))


def handed_in(layers: int, wrong: int) -> str:
    """A backward pass of the exercise, with tanh's derivative at the wrong variable in the first `wrong` layers."""
    lines = ["def backward(parameters, cache, X, Y, c):", f"    d = 2 * c * (cache['A{layers}'] - Y) / Y.shape[1]"]
    for i in range(layers, 0, -1):
        variable, before = "Z" if i <= wrong else "A", "X" if i == 1 else f"cache['A{i - 1}']"
        lines.append(f"    d = d * (1 - cache['{variable}{i}'] ** 2)")
        lines.append(f"    dW{i} = d @ {before}.T")
        lines.append(f"    d = parameters['W{i}'].T @ d")
    found = ", ".join(f"'dW{i}': dW{i}" for i in range(1, layers + 1))
    return "\n".join([*lines, f"    return {{{found}}}", ""])


def drawn(n_x: int = 8, n_h: int = 8, m: int = 8, layers: int = 1) -> Trial:
    """A point at these sizes, taken as it is drawn, with all witnesses."""
    sizes = {"n_x": n_x, "n_h": n_h, "m": m}
    return draw_trial(exercise(layers), sizes, np.random.default_rng(m), fixed={"c": np.float64(0.5)})


def points(trials: int = 6, layers: int = 1) -> TrialSet:
    """The worked example and others, so many in all."""
    others = [drawn(5, 7, 3 + number, layers) for number in range(trials - 1)]
    return TrialSet((worked_example(exercise(layers)), *others), b"")


def least(work: Work, repeats: int) -> float:
    """Seconds of the fastest of the repeats, after one that does not count."""
    found = []
    for _ in range(repeats + 1):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return min(found[1:])


def grown(what: str, sizes: Sequence[int], prepare: Callable[[int], Prepared], repeats: int, most: float = 1) -> Growth:
    """Measured at each size, of which `prepare` makes the number that grows and the work."""
    prepared = [prepare(size) for size in sizes]
    return Growth(what, [size for size, _ in prepared], [least(work, repeats) for _, work in prepared], most)


def of_gradings(sandbox: Sandbox, quick: bool) -> list[Growth]:
    """A whole grading, with its sandbox, of a wrong answer; and what is computed once, for an exercise or a set."""
    repeats = 3 if quick else 20

    def graded(trials: TrialSet, layers: int = 1, wrong: int = 1) -> Work:
        submission = read_code(handed_in(layers, wrong))

        def work() -> None:
            assert grade(exercise(layers), submission, trials, sandbox).verdict == "mismatch"

        return work

    def beside_the_worked_example(**sizes: int) -> Work:
        return graded(TrialSet((worked_example(exercise()), drawn(**sizes)), b""))

    def parameters(n_h: int) -> Prepared:
        return 16 * n_h, beside_the_worked_example(n_x=16, n_h=n_h)

    def batch(m: int) -> Prepared:
        return m, beside_the_worked_example(m=m)

    def trials(count: int) -> Prepared:
        return count, graded(points(count))

    def made(wrong: int) -> Prepared:
        return wrong, graded(points(layers=8), 8, wrong)

    def known(layers: int) -> Prepared:
        return len(mistakes_of(exercise(layers))), graded(points(layers=layers), layers, 1)

    def tabulated(layers: int) -> Prepared:
        of = exercise(layers)
        gates = len(of.program.nodes) * len(mistakes_of(of)) * layers
        return gates, lambda: _table.__wrapped__(of)

    def witnessed(n_h: int) -> Prepared:
        return 16 * n_h, lambda: drawn(n_x=16, n_h=n_h)

    return [
        grown("grading, by parameters", (16, 64, 256, 1024), parameters, repeats),
        grown("grading, by samples in the batch", (64, 256, 1024, 4096), batch, repeats),
        grown("grading, by trials", (4, 8, 16, 32), trials, repeats),
        grown("grading, by mistakes made", (1, 2, 4, 8), made, repeats),
        grown("grading, by mistakes known of the exercise", (1, 2, 4, 8), known, repeats),
        grown("tabulating an exercise's mistakes, by gates to sweep", (1, 2, 4, 8), tabulated, 1 if quick else 3),
        grown("a point with all witnesses, by parameters", (8, 32, 128, 512), witnessed, 1 if quick else 3),
    ]


def of_classes(quick: bool) -> list[Growth]:
    """Pages over a class, with ten submissions a student; those that show a part of it need not grow."""
    sizes = (30, 60, 120, 240) if quick else (60, 120, 240, 480)
    with ExitStack() as stack:
        rooms = []
        for size in sizes:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            rooms.append(stack.enter_context(classroom(folder, None, size, PER_STUDENT * size)))

        def prepare(path: str) -> Callable[[int], Prepared]:
            def one(size: int) -> Prepared:
                client, _, course = rooms[sizes.index(size)]
                return size, lambda: answered(client.get(path.format(course=course)))

            return one

        def answered(answer: Any) -> None:
            assert answer.status_code == 200, answer.status

        repeats = 5 if quick else 20
        return [
            grown("overview of the class, by students", sizes, prepare("/courses/{course}"), repeats),
            grown("what it asks every 5 s, by students", sizes, prepare("/courses/{course}/live"), repeats),
            grown("a page of grades, by students", sizes, prepare("/courses/{course}/grades"), repeats),
            grown("gradebook as CSV, by students", sizes, prepare("/api/v1/courses/{course}/gradebook.csv"), repeats),
        ]


def measure(quick: bool) -> Grown:
    """All of it."""
    with Sandbox() as sandbox:
        return Grown([*of_gradings(sandbox, quick), *of_classes(quick)])


def markdown(found: Grown) -> str:
    """The table."""
    lines = ["| | sizes | least times in ms | exponent | at the end | at most |", f"|{' --- |' * 6}"]
    for one in found.rows:
        sizes, times = " ".join(f"{s:g}" for s in one.sizes), " ".join(f"{1e3 * t:.3g}" for t in one.seconds)
        lines.append(f"| {one.what} | {sizes} | {times} | {one.exponent:.2f} | {one.last:.2f} | {one.most:g} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repeats, smaller classes")
    print(markdown(measure(parser.parse_args().quick)))


if __name__ == "__main__":
    main()
