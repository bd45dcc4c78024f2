"""The modules that courses hand out, such as `dnn_utils` or `common.functions`: importable by students' code unchanged.

Their sources are in exercises/modules/, written from the formulas. They run where the student's code runs, which can
read them: so what an exercise asks for is taken out here, before anything is sent.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType

from grader.expressions import python_tree
from grader.interface import Interface, InterfaceError


def provided_modules(names: Iterable[str], interfaces: Iterable[Interface]) -> Mapping[str, str]:
    """The sources of the modules of these names and of those that they import, less the functions and classes that
    `interfaces` ask for. Raises InterfaceError for a name that is none."""
    specs = [interface.spec for interface in interfaces]
    return _without(tuple(names), frozenset(str(s[kind]) for s in specs for kind in ("function", "class") if kind in s))


@cache
def sources() -> Mapping[str, str]:
    """All modules there are, by name."""
    folder = resources.files("grader") / "exercises" / "modules"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".py")), key=lambda f: f.name)
    return MappingProxyType({file.name.removesuffix(".py"): file.read_text("utf-8") for file in files})


@lru_cache(maxsize=512)
def _without(names: tuple[str, ...], asked: frozenset[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in sources():
            raise InterfaceError(f"`{name}` is not a module that is provided; there are: {', '.join(sources())}")
        tree = python_tree(sources()[name], "exec")
        imported = {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
        tree.body = [statement for statement in tree.body if getattr(statement, "name", None) not in asked]
        found[name] = ast.unparse(tree)
        waiting += sorted(imported & sources().keys() - found.keys())
    return MappingProxyType(found)
