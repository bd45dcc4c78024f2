"""The script interface: plain statements; the answers are picked up by name.

    {"kind": "script", "provides": {"w": ["w0", "w1"]}, "reads": [{"names": ["dx", "dfdx"], "pattern": "dx"}]}

All values of the call, and what is provided, are globals. A read name counts only if the script itself set it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from .loading import namespace, without_assignments_to
from .modules import Absent
from .source import Program, stored
from .trial import Trial
from .values import MISSING


def fits(interface: dict[str, Any], program: Program) -> float:
    """Whether the program sets names that are read, functions aside: not whole where answers are missing, or are set
    for `__main__` only. That may be the student's own test of a function, which then goes before."""
    if _read_names(interface).isdisjoint(_set_by(program)):
        return 0
    always = stored(statement for _, statement in program.statements() if not _for_main(statement))
    answered = {name for read in interface["reads"] if not always.isdisjoint(read["names"]) for name in _answers(read)}
    return 1 if all(answered.issuperset(_answers(read)) for read in interface["reads"]) else 0.5


def _for_main(statement: ast.stmt) -> bool:
    """Whether it is `if __name__ == "__main__":` or its like."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )


def expected(interface: dict[str, Any]) -> str:
    """What would fit, as Python."""
    return ", ".join(f"{read['names'][0]} = ..." for read in interface["reads"])


class Script:
    """A program that is run anew for each trial."""

    def __init__(self, interface: dict[str, Any], program: Program, inputs: list[str], absent: Absent) -> None:
        self.interface = interface
        self.provides = interface.get("provides", {})
        self.sets = _set_by(program)
        protected = {*inputs, *self.provides} - _read_names(interface)
        self.codes, skipped = without_assignments_to(program, protected)
        self.notes = [("input_assignment_skipped", {"names": skipped})] if skipped else []
        self.notes += _misspelt(interface, self.sets - protected)

    def __call__(self, trial: Trial) -> None:
        if trial.call.construct_only:
            return
        given = {name: trial.give(name) for name in trial.call.values}
        given |= {name: trial.give(pattern) for name, pattern in self.provides.items()}
        names = namespace(given)
        finished, ended, missing = False, None, False
        try:
            for code in self.codes:
                exec(code, names)
            finished = True
        except SystemExit as end:
            if end.code:
                raise
            ended = end
        finally:  # what was set before an exception is still an answer
            # What came in counts as set if it is another object now; or, as `dx += ...` keeps the object, if the
            # script ran to its end and sets that name somewhere.
            set_ = {name for name in names if names[name] is not given.get(name, MISSING)}
            if finished:
                set_ |= self.sets & given.keys() & names.keys()
            for read in self.interface["reads"]:
                found = next((name for name in read["names"] if name in set_), None)
                missing = missing or found is None or names[found] is None
                if found is not None:
                    trial.take_all(read["pattern"], names[found], {})
        if ended and missing:
            raise ended  # before something was answered: else it is an end like any other


def _read_names(interface: dict[str, Any]) -> set[str]:
    return {name for read in interface["reads"] for name in read["names"]}


def _misspelt(interface: dict[str, Any], sets: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each answer that is not set, by itself or in a list, the name nearest to it among those that nobody reads."""
    unread = sorted(sets - _read_names(interface))
    answered = {name for read in interface["reads"] if not sets.isdisjoint(read["names"]) for name in _answers(read)}
    for asked in dict.fromkeys(name for read in interface["reads"] for name in _answers(read)):
        for name in get_close_matches(asked, unread, 1) if asked not in answered else ():
            yield "near_name", {"name": name, "asked": asked}


def _answers(read: dict[str, Any]) -> list[str]:
    return [read["pattern"]] if isinstance(read["pattern"], str) else read["pattern"]


def _set_by(program: Program) -> set[str]:
    return stored(part.tree for part in program.parts)
