"""Running a student's program: a script whole, for each call anew; of a module only its definitions, once."""

from __future__ import annotations

import ast
import math
import sys
from collections.abc import Collection, Iterator, Mapping
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from .raised import in_words
from .source import ASSIGNMENTS, DEFINITIONS, Program, stored
from .wire import MAX_WORDS, Failure

Namespace = dict[str, Any]


def namespace(names: Mapping[str, Any]) -> Namespace:
    """The globals of a new `__main__`, with NumPy and math at hand as in any exercise."""
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    module.__dict__.update({"np": np, "numpy": np, "math": math, **names})
    return module.__dict__


class Definitions:
    """A program's definitions, imports, and assignments that call none of its own functions: never a training loop.

    What is skipped, or fails, is remembered in the program by the names it would have set.
    """

    def __init__(self, program: Program, provided: Mapping[str, Any]) -> None:
        self.globals = namespace(provided)
        self._program = program
        own = own_functions(program)
        for part, statement in program.statements():
            names = stored([statement])
            if not _is_run(statement, own):
                program.skipped.update(dict.fromkeys(names, statement.lineno))
            elif (error := self._run(program.compile(part, [statement]))) is not None:
                program.failed.update(dict.fromkeys(names, (statement.lineno, error)))

    def __getitem__(self, name: str) -> Any:
        """What the program defines as `name`. Raises Failure with the reason where it does not."""
        if name in self.globals:
            return self.globals[name]
        if name in self._program.failed:
            line, error = self._program.failed[name]
            kind, text = in_words(error)
            raise Failure("definition_failed", line, name=name, type=kind, text=text[:MAX_WORDS])
        raise Failure("definition_skipped", self._program.skipped.get(name), name=name)

    def _run(self, code: CodeType) -> BaseException | None:
        try:
            exec(code, self.globals)
        except BaseException as error:  # also a SystemExit is an exception like any other
            return error
        return None


def own_functions(program: Program) -> set[str]:
    """The names of the program's functions and classes, lambdas included."""
    names: set[str] = set()
    for _, statement in program.statements():
        if isinstance(statement, DEFINITIONS):
            names.add(statement.name)
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda):
            names |= stored([statement])
    return names


def without_assignments_to(program: Program, protected: Collection[str]) -> tuple[list[CodeType], list[str]]:
    """The whole program as code, without what it assigns to `protected` names at top level, and those names.

    A statement that sets nothing else is left out; of one that sets other names too, the targets are renamed. What
    makes a name from its own value, `w = w - eta * dw`, sets no input: it goes on from the one that was given.
    """
    skipped: list[str] = []
    codes = []
    for part in program.parts:
        codes.append(program.compile(part, _unprotected(part.tree.body, protected, skipped)))
    return codes, list(dict.fromkeys(skipped))


def _unprotected(body: list[ast.stmt], protected: Collection[str], skipped: list[str]) -> list[ast.stmt]:
    kept: list[ast.stmt] = []
    for statement in body:
        for block in ("body", "orelse", "finalbody") if isinstance(statement, (ast.If, ast.With, ast.Try)) else ():
            if inner := getattr(statement, block, None):
                nothing = ast.copy_location(ast.Pass(), statement)
                setattr(statement, block, _unprotected(inner, protected, skipped) or [nothing])
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            names = stored([statement])
            if names & _read_by(statement.value):
                kept.append(statement)
                continue
            skipped += sorted(names & set(protected))
            if names and names <= set(protected):
                continue
            _rename(statement, protected)
        kept.append(statement)
    return kept


def _read_by(expression: ast.expr | None) -> set[str]:
    nodes = ast.walk(expression) if expression else ()
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _rename(statement: ast.Assign | ast.AnnAssign, protected: Collection[str]) -> None:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in protected:
                node.id = "_"


def _is_run(statement: ast.stmt, own: Collection[str]) -> bool:
    if isinstance(statement, (*DEFINITIONS, ast.Import, ast.ImportFrom)):
        return True
    return isinstance(statement, ASSIGNMENTS) and not _calls(statement, own)


_WRAPPERS = {"vectorize", "frompyfunc", "partial", "cache", "lru_cache", "dict", "list", "tuple"}
"""What takes a function without calling it."""


def _calls(statement: ast.stmt, own: Collection[str]) -> bool:
    """Whether running `statement` calls something and mentions one of `own`: then it may call that."""
    nodes = list(_executed(statement))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    wrapped = {
        id(argument)
        for call in calls
        if getattr(call.func, "attr", getattr(call.func, "id", "")) in _WRAPPERS
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
    }
    mentioned = [n for n in nodes if isinstance(n, ast.Name) and n.id in own and isinstance(n.ctx, ast.Load)]
    return bool(calls) and any(id(name) not in wrapped for name in mentioned)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)
