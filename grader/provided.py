"""The modules that courses hand out, such as `dnn_utils` or `common.functions`: importable by students' code unchanged.

Their sources are in exercises/modules/, written from the formulas. They run where the student's code runs, which can
read them: so what an exercise asks for is taken out here, before anything is sent.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib import resources

from grader.interface import Interface, InterfaceError


def provided_modules(names: Iterable[str], interfaces: Iterable[Interface]) -> Mapping[str, str]:
    """The sources of the modules of these names and of those that they import, less the functions and classes that
    `interfaces` ask for. Raises InterfaceError for a name that is none."""
    asked = {
        str(interface.spec[kind])
        for interface in interfaces
        for kind in ("function", "class")
        if kind in interface.spec
    }
    found: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in sources():
            raise InterfaceError(f"`{name}` is not a module that is provided; there are: {', '.join(sources())}")
        tree = ast.parse(sources()[name])
        found[name] = _without(tree, asked)
        imported = {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
        waiting += sorted(imported & sources().keys() - found.keys())
    return found


@cache
def sources() -> Mapping[str, str]:
    """All modules there are, by name."""
    folder = resources.files("grader") / "exercises" / "modules"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".py")), key=lambda f: f.name)
    return {file.name.removesuffix(".py"): file.read_text("utf-8") for file in files}


def _without(tree: ast.Module, asked: Collection[str]) -> str:
    """The module's source less the definitions of those names."""
    kept = [statement for statement in tree.body if getattr(statement, "name", None) not in asked]
    return ast.unparse(ast.Module(kept, []))
