"""A report in a terminal: the answer first, then a line for each gradient, then what to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.messages import in_words
from grader.report import Report

_MARKS = {"match": ("✓", "green"), "follow_through": ("↪", "yellow"), "undecided": ("?", "yellow")}
_WRONG = ("✗", "red")
_COLOURS = {"match": "green", "mismatch": "red"}


def print_report(report: Report, language: str = "en") -> None:
    """Print `report` to standard output, coloured where that is a terminal."""
    console = Console(highlight=False)
    words = report.to_dict(language)
    console.print(Text(words["summary"], style=f"bold {_COLOURS.get(report.verdict, 'yellow')}"))
    console.print(f"{report.score:g} / {report.max_score:g}", style="bold")
    run = words["run"]
    if run["message"]:
        console.print(Text(run["message"], style="red"))
    if traceback := run["parameters"].get("traceback"):
        console.print(Text(traceback.rstrip(), style="dim"))
    if report.verdict not in ("not_run", "ungraded"):  # else there is nothing to tell about single gradients
        console.print(_gradients(words, language))
        for gradient in words["gradients"]:
            _details(console, gradient, language)
    for item in [*words["findings"], *words["notes"]]:
        console.print(Text(f"  {item['message']}", style="dim"))
    if run["stdout"]:
        console.print(in_words("heading_stdout", {}, language), style="dim")
        console.print(Text(run["stdout"].rstrip()))


def _gradients(words: Mapping[str, Any], language: str) -> Table:
    headings = ("shape", "yours", "relative_error", "wrong_entries")
    table = Table("", "", *(in_words(f"heading_{h}", {}, language) for h in headings), box=None, pad_edge=False)
    for gradient in words["gradients"]:
        mark, style = _MARKS.get(gradient["verdict"], _WRONG)
        shape, error = gradient["shape"], gradient["relative_error"]
        table.add_row(
            Text(mark, style),
            Text(gradient["name"], "bold"),
            f"{shape['symbolic']} = {tuple(shape['expected'])}",
            "-" if shape["candidate"] is None else str(tuple(shape["candidate"])),
            "" if error is None else f"{float(error):.2g}",
            "-" if error is None else f"{gradient['wrong_entries']} / {gradient['entries']}",
        )
    return table


def _details(console: Console, gradient: Mapping[str, Any], language: str) -> None:
    if earlier := gradient["follows_from"]:
        console.print(Text(f"  {gradient['name']}: {in_words('follows', {'from': earlier}, language)}"))
    for item in [*gradient["findings"], *gradient["notes"]]:
        console.print(Text(f"  {gradient['name']}: {item['message']}"))
    counterexample = gradient["counterexample"]
    if counterexample is not None:
        point = ", ".join(f"{name} = {value}" for name, value in counterexample["at"].items())
        parameters = {"name": gradient["name"], **counterexample, "at": point}
        console.print(Text(f"  {in_words('counterexample', parameters, language)}"))
    elif gradient["verdict"] in ("mismatch", "not_finite") and gradient["wrong_entries"]:
        headings = ("yours", "exact", "numerical")
        table = Table("", *(in_words(f"heading_{h}", {}, language) for h in headings), box=None, pad_edge=False)
        for entry in gradient["worst"]:
            index = "".join(f"[{i}]" for i in entry["index"])
            numbers = (entry[key] for key in ("candidate", "exact", "numerical"))
            table.add_row(
                Text(f"  {gradient['name']}{index}"), *("-" if n is None else f"{float(n):.8g}" for n in numbers)
            )
        console.print(table)
