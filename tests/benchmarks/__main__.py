"""The command; what it measures is told at the head of the package, and in docs/speed.md."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from tests.benchmarks import derivation, growth, memory, page, sustained
from tests.benchmarks.graders import STUDENT, Graders, graders
from tests.benchmarks.grading import measure as grading
from tests.benchmarks.measured import OURS, Row, Sample, Section
from tests.benchmarks.over_http import hand_in_to_report
from tests.service.servers import missing, postgresql_server

BUSY = 0.5


class Run:
    """One run: what several subjects share is made once. `folder` is for what they write."""

    def __init__(self, folder: Path, quick: bool) -> None:
        self.folder, self.quick = folder, quick
        self.left: dict[str, Sample] = {}

    @cached_property
    def graders(self) -> Graders:
        return graders(self.folder)

    def exact(self) -> Iterator[Section]:
        from tests.benchmarks import engine

        rows = []
        for size in engine.NETS:
            found = engine.exact_gradients(size, 20 if self.quick else 150)
            samples = {row.name: row.seconds or "not installed" for row in found}
            rows.append(Row(str(size), samples, "1.25 of hand-written"))
        yield Section("exact", "Exact gradients", rows)

    def checks(self) -> Iterator[Section]:
        from tests.benchmarks import engine

        rows = []
        for size, aim in zip(engine.NETS, ("80× gradcheck", "30×", "25×", "1.5 s"), strict=True):
            found = engine.checks(size, 3 if self.quick or size[0] >= 64 else 15)
            rows.append(Row(str(size), {row.name: row.seconds or "not installed" for row in found}, aim))
        nets = [engine.network(size) for size in engine.CHECKED[:2]]
        errors = [(engine.largest_error(engine.structured(net), net), engine.largest_error(engine.plain_loop(net), net))
                  for net in nets]  # fmt: skip
        told = "; ".join(f"{ours:.0e} and {loop:.0e}" for ours, loop in errors)
        note = f"Largest distance from the exact gradient, ours and the loop's, at the first two sizes: {told}."
        yield Section("checks", "Every entry checked", rows, note=note)

    def derivation(self) -> Iterator[Section]:
        yield derivation.measure(self.quick)

    def grading(self) -> Iterator[Section]:
        yield grading(self.graders, self.quick)

    def http(self) -> Iterator[Section]:
        rows = [Row("SQLite, a folder as broker", {OURS: self._handed_in(redis=False)}, "p50 40 ms")]
        if missing():
            sample: Sample = f"no {' and no '.join(missing())}"
        else:
            with postgresql_server(durable=True) as new_database:
                os.environ["GRADIENT_GRADER_DATABASE_URL"] = new_database("http", None)
                try:
                    sample = self._handed_in(redis=True)
                finally:
                    del os.environ["GRADIENT_GRADER_DATABASE_URL"]
        rows.append(Row("PostgreSQL, Redis", {OURS: sample}, "p50 15 ms, p95 35 ms"))
        yield Section("http", "From a hand-in over HTTP to its report", rows)

    def _handed_in(self, redis: bool) -> list[float]:
        with tempfile.TemporaryDirectory() as folder:
            return hand_in_to_report(Path(folder), STUDENT.read_text("utf-8"), redis=redis)

    def sustained(self) -> Iterator[Section]:
        if missing():
            why = Row("two workers", {OURS: f"no {' and no '.join(missing())}"})
            yield from (Section(name, "Sustained submissions", [why], "/s") for name in ("sustained", "model"))
            return
        measured, model, self.left = sustained.measure(self.quick)
        yield from (measured, model)

    def memory(self) -> Iterator[Section]:
        yield memory.measure(self.graders, self.left)

    def growth(self) -> Iterator[growth.Grown]:
        yield growth.measure(self.quick)


SUBJECTS: dict[str, Callable[[Run], Iterator[Section | growth.Grown]]] = {
    name: getattr(Run, name)
    for name in ("exact", "checks", "derivation", "grading", "http", "sustained", "memory", "growth")
}


def main() -> None:
    """Measures, prints each part as it is done, and writes them all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that everything runs")
    parser.add_argument("--write", action="store_true", help="the tables and plots into docs/, of a whole run")
    given = parser.parse_args()
    if unknown := set(given.subjects) - set(SUBJECTS):
        parser.error(f"no subject is called {min(unknown)}; there are {', '.join(SUBJECTS)}")
    if given.write and given.subjects:
        parser.error("what is written is of one run of all subjects")
    load = os.getloadavg()[0]
    if load > BUSY:
        print(f"the machine is busy (load {load:.1f}): only ratios can be trusted, if anything", file=sys.stderr)
    parts: list[page.Part] = []
    with ExitStack() as stack:
        run = Run(Path(stack.enter_context(tempfile.TemporaryDirectory())), given.quick)
        for name in given.subjects or SUBJECTS:
            begun = time.monotonic()
            for part in SUBJECTS[name](run):
                parts.append(part)
                print(f"\n{part.title}\n\n{page.table(part)}", flush=True)
            print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    if given.write:
        page.write(parts, load, given.quick)


if __name__ == "__main__":
    main()
