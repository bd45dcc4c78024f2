"""What was measured, and how: works in turn, their medians, and tables of them."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
OURS = "this project"
Sample = Sequence[float] | str
"""What repeats took, or why there are none."""
Work = Callable[[], object]
UNITS = {"s": False, "/s": True, "MiB": False}
"""Units, and whether more of them is better."""


@dataclass(frozen=True)
class Row:
    """One measured thing: who was measured at it (OURS among them) with which outcome, and what is `aimed` at."""

    what: str
    samples: Mapping[str, Sample]
    aimed: str = ""


@dataclass(frozen=True)
class Section:
    """Rows that are measured alike. `name` is that of its place in docs/speed.md, which says what is done; `unit` is
    of UNITS, and `note` has what else was found."""

    name: str
    title: str
    rows: Sequence[Row]
    unit: str = "s"
    note: str = ""


class Missing(Exception):
    """A peer that is not there, with the reason."""


def peer(module: str) -> None:
    """Raises Missing where the module of a peer cannot be imported."""
    try:
        importlib.import_module(module)
    except ImportError:
        raise Missing("not installed") from None


def in_turn(
    works: Mapping[str, tuple[Work, int]], rounds: int, pause: float = 0.02, calls: int = 1
) -> dict[str, list[float]]:
    """Sorted seconds of one call of each work, each made in every n-th of the rounds, with a `pause` before it; the
    mean of so many `calls` in a row where one is too short to be told. Whatever else the machine does is in all."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        for name, (work, every) in works.items():
            if number % every == 0:
                time.sleep(pause)
                before = time.perf_counter()
                for _ in range(calls):
                    work()
                found[name].append((time.perf_counter() - before) / calls)
    return {name: sorted(seconds) for name, seconds in found.items()}


def beside(sample: Sample, ours: Sample, unit: str) -> float:
    """How many times better ours is, by the medians; NaN where one is not there."""
    if isinstance(sample, str) or isinstance(ours, str):
        return math.nan
    ratio = median(sample) / median(ours)
    return 1 / ratio if UNITS[unit] else ratio


def told(value: float, unit: str) -> str:
    """With its unit, in three digits."""
    if unit == "s":
        scale, unit = next((k for k in ((1, "s"), (1e3, "ms"), (1e6, "µs")) if value * k[0] >= 1), (1e6, "µs"))
        value *= scale
    digits = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:,.{digits}f} {unit}"


def cells(row: Row, names: Sequence[str], unit: str) -> Iterator[str]:
    """One for each of `names`: ours with the 95th percentile, a peer's with how many times better ours is."""
    ours = row.samples[OURS]
    for name in names:
        sample = row.samples.get(name, "")
        if isinstance(sample, str):
            yield sample
        elif name != OURS:
            ratio = beside(sample, ours, unit)
            yield told(median(sample), unit) + ("" if math.isnan(ratio) else f" · {ratio:.3g}×")
        elif len(sample) < 20:
            yield told(median(sample), unit)
        else:
            yield f"{told(median(sample), unit)}, p95 {told(sample[int(0.95 * (len(sample) - 1))], unit)}"


def markdown(section: Section) -> str:
    """The section's table."""
    names = list(dict.fromkeys(name for row in section.rows for name in row.samples))
    names.sort(key=lambda name: name != OURS)
    aims = any(row.aimed for row in section.rows)
    lines = [["", *names, *["aim"] * aims], ["---"] * (1 + len(names) + aims)]
    lines += [[row.what, *cells(row, names, section.unit), *[row.aimed] * aims] for row in section.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
