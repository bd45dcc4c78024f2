"""What was measured, as the tables and plots of docs/speed.md."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks import growth, measured
from tests.benchmarks.measured import OURS, ROOT, Section

Part = Section | growth.Grown
DOCUMENT = ROOT / "docs" / "speed.md"
PLOTS = ROOT / "docs" / "speed"
VERSIONS = ("numpy", "sympy", "torch", "jax", "autograd", "pytest", "otter-grader", "nbgrader", "celery")
MARKS = "o^sDvP*X<>dph"
AXES = {"s": "seconds", "/s": "in a second", "MiB": "MiB"}


def table(part: Part) -> str:
    """In Markdown, with what else was found."""
    if isinstance(part, Section):
        return measured.markdown(part) + (f"\n\n{part.note}" if part.note else "")
    return growth.markdown(part)


def machine(load: float, quick: bool) -> str:
    """What all this was measured on, and with."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.partition(": ")[2].strip() for line in lines if "model name" in line), platform.machine())
    known = []
    for name in VERSIONS:
        try:
            known.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            known.append(f"no {name}")
    repeats = ", with few repeats (`--quick`)" if quick else ""
    where = f"{os.cpu_count()} processors ({cpu}), which had a load of {load:.1f} before"
    versions = ", ".join([f"Python {platform.python_version()}", *known])
    return f"Measured on {datetime.now(UTC):%Y-%m-%d}{repeats}, on {where}; {versions}."


def write(parts: Sequence[Part], load: float, quick: bool) -> None:
    """Puts each part into its place on the page, and the plots beside it."""
    text = _put(DOCUMENT.read_text("utf-8"), "machine", machine(load, quick))
    plotted = plots(parts)
    for part in parts:
        plot = f"\n\n![{part.title}](speed/{part.name}.svg)" if part.name in plotted else ""
        text = _put(text, part.name, table(part) + plot)
    DOCUMENT.write_text(text, "utf-8")


def _put(text: str, name: str, measured: str) -> str:
    """The page with what was measured between the marks of that name."""
    begin, end = f"<!-- measured: {name} -->", "<!-- end -->"
    before, _, rest = text.partition(begin)
    if end not in rest:
        raise ValueError(f"{DOCUMENT.name} has no place for {name}")
    return f"{before}{begin}\n\n{measured}\n\n{end}{rest.partition(end)[2]}"


def plots(parts: Sequence[Part]) -> set[str]:
    """Draws the parts that have something to compare; their names. Without Matplotlib, none."""
    try:
        import matplotlib
    except ImportError:
        print("Matplotlib is not installed: no plots", file=sys.stderr)
        return set()
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "speed", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    PLOTS.mkdir(exist_ok=True)
    drawn = set()
    for part in parts:
        figure, axes = pyplot.subplots(figsize=(8, 3.5), layout="constrained")
        if isinstance(part, Section):
            compare(part, axes)
        else:
            grow(part, axes)
        if len(axes.lines) > 1:
            axes.grid(alpha=0.3)
            axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
            figure.savefig(PLOTS / f"{part.name}.svg", metadata={"Date": None})
            drawn.add(part.name)
        pyplot.close(figure)
    return drawn


def compare(section: Section, axes: Any) -> None:
    """A line for each row, on it a mark for whoever was measured."""
    for name in dict.fromkeys(name for row in section.rows for name in row.samples):
        samples = [(row.samples.get(name, ""), y) for y, row in enumerate(section.rows)]
        points = [(median(sample), y) for sample, y in samples if not isinstance(sample, str)]
        if points:
            look = {"marker": "D", "color": "black", "zorder": 3} if name == OURS else {"marker": "o"}
            axes.plot(*zip(*points, strict=True), linestyle="", label=name, **look)
    axes.set_yticks(range(len(section.rows)), [row.what for row in section.rows])
    axes.invert_yaxis()
    axes.margins(y=0.2)
    axes.set_xscale("log")
    axes.set_xlabel(AXES[section.unit])


def grow(part: growth.Grown, axes: Any) -> None:
    """Times relative to those at the smallest size, and a line that grows as its size does."""
    most = max(row.sizes[-1] / row.sizes[0] for row in part.rows)
    axes.plot([1, most], [1, most], "k--", label="linear")
    for number, row in enumerate(part.rows):
        sizes, times = [s / row.sizes[0] for s in row.sizes], [t / row.seconds[0] for t in row.seconds]
        axes.plot(sizes, times, color=f"C{number % 10}", marker=MARKS[number % len(MARKS)], label=row.what)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("size, as a multiple of the smallest")
    axes.set_ylabel("time, as a multiple")
