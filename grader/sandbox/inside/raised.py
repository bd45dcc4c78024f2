"""An exception of the student's, in words; and what to note beside it."""

from __future__ import annotations

import linecache
from typing import Any

from .modules import Absent
from .source import Program
from .trial import Raised, Trial
from .values import type_name
from .wire import MAX_STORY, MAX_WORDS

_SHOWN_FRAMES = 8  # at either end: a recursion is a thousand times the same


def frames(error: BaseException, program: Program) -> list[tuple[str, int, str]]:
    """(file, line, function) of the student's frames, outermost first."""
    found = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename in program.files:
            found.append((code.co_filename, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    return found


def in_words(error: BaseException) -> tuple[str, str]:
    """Its type and text, each bounded, whatever the student's class does."""
    kind = type_name(error)
    try:
        return kind, str.__str__(str(error))[:MAX_STORY]
    except BaseException:  # the student's __str__ may raise anything
        return kind, ""


def describe(error: BaseException, program: Program) -> Raised:
    """Its type, text, line and traceback."""
    kind, text = in_words(error)
    where = frames(error, program)
    return kind, text, where[-1][1] if where else None, _traceback(where, f"{kind}: {text}" if text else kind)


def annotate(trial: Trial, error: BaseException, program: Program, absent: Absent) -> None:
    """Notes what explains the exception: a skipped line, a module that is not here, the cell it came from."""
    where = frames(error, program)
    if where and program.files[where[-1][0]]:
        trial.note("raised_in_cell", cell=program.files[where[-1][0]])
    name: Any = getattr(error, "name", None)
    if type(name) is not str:
        return
    if type(error) is NameError and name in program.failed:
        line, reason = program.failed[name]
        kind, text = in_words(reason)
        trial.note("name_set_in_failed_line", name=name[:MAX_WORDS], set_line=line, type=kind, text=text[:MAX_WORDS])
    elif type(error) is NameError and name in program.skipped:
        trial.note("name_set_in_skipped_line", name=name[:MAX_WORDS], set_line=program.skipped[name])
    elif type(error) is NameError and (module := program.star_import_of(absent.lines.keys())):
        trial.note("name_from_missing_module", name=name[:MAX_WORDS], module=module)
    elif type(error) is ModuleNotFoundError and name in absent.lines:
        trial.note("module_not_available", module=name[:MAX_WORDS], import_line=absent.lines[name])


def _traceback(where: list[tuple[str, int, str]], last: str) -> str:
    told = []
    for file, line, function in where:
        told.append(f'  File "{file}", line {line}, in {function}')
        source = linecache.getline(file, line).strip()[:100]
        if source:
            told[-1] += f"\n    {source}"
    if len(told) > 2 * _SHOWN_FRAMES:
        left_out = len(told) - 2 * _SHOWN_FRAMES
        told[_SHOWN_FRAMES:-_SHOWN_FRAMES] = [f"  ... {left_out} more ..."]
    return "\n".join(["Traceback (most recent call last):", *told, last])[:MAX_STORY]
