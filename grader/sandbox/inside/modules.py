"""What a student's `import` finds: the modules loaded before the lock, those that the course hands out, and
placeholders for all others.

A file is often a whole training script: it must not fail for drawing a picture at the end. So an import of what is
not here gives a placeholder, which complains only when it is used. What the course hands out comes as source with the
job, is ours, and is run when it is first imported; names that it does not have are placeholders too. This is a comfort
and no wall.

NumPy imports some of its parts at first use (`median` needs `numpy.ma`), so they are here too; of `numpy.testing` what
`testing` has of it.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Collection, Mapping
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

import numpy as np

AVAILABLE = (
    "numpy", "numpy.char", "numpy.dtypes", "numpy.exceptions", "numpy.fft", "numpy.linalg", "numpy.ma",
    "numpy.polynomial", "numpy.random", "numpy.rec", "numpy.strings", "numpy.testing", "numpy.typing",
    "__future__", "abc", "array", "bisect", "builtins", "cmath", "collections", "collections.abc", "contextlib",
    "copy", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "gc", "heapq", "io", "inspect",
    "itertools", "json", "keyword", "logging", "math", "numbers", "operator", "os", "os.path", "pathlib", "pickle",
    "pprint", "random", "re", "statistics", "string", "struct", "sys", "textwrap", "threading", "time", "traceback",
    "types", "typing", "warnings", "weakref",
)  # fmt: skip


class _Shell:
    """What `get_ipython()` gives: whatever it is told to do is not done here."""

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **options: None


def import_all() -> None:
    """Imports AVAILABLE: after the lock no file can be opened. What else a student finds without an import, in Python
    at a terminal and in Jupyter, is here too."""
    at_hand = {"exit": sys.exit, "quit": sys.exit, "display": print, "get_ipython": _Shell}
    vars(builtins).update(at_hand)
    from . import testing  # here: it says of what it has not that it is absent

    vars(np)["testing"] = sys.modules["numpy.testing"] = testing
    for name in AVAILABLE:
        importlib.import_module(name)
    # what NumPy would load at first use, and cannot: else `from numpy import *` fails
    np.__all__[:] = [name for name in np.__all__ if name in vars(np)]
    "".encode("ascii").decode("latin-1")  # encodings are modules too
    "ü".encode("idna")


class Placeholder:
    """Something of a module that is not here, imported in that line (0: not known). Looking at its attributes
    is free, every use complains."""

    def __init__(self, module: str, line: int) -> None:
        self._module, self._line = module, line

    def __getattr__(self, name: str) -> Placeholder:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def _complain(self, *_: Any, **__: Any) -> NoReturn:
        where = f" (imported in line {self._line})" if self._line else ""
        raise ModuleNotFoundError(f"{self._module} is not available here{where}", name=self._module)


for _use in (
    "call getitem setitem delitem len iter next contains enter exit bool int float index array mro_entries neg pos abs "
    "invert add radd sub rsub mul rmul matmul rmatmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow "
    "lt le gt ge and rand or ror"
).split():
    setattr(Placeholder, f"__{_use}__", Placeholder._complain)


class PlaceholderModule(ModuleType):
    """Stands for a module that is not here, and for what the handed-out one of that name lacks; what the course
    provides is found under any such module's name."""

    def __init__(self, name: str, line: int, provided: Mapping[str, Any], modules: Mapping[str, str]) -> None:
        super().__init__(name)
        self._line, self._provided, self._modules = line, provided, modules
        self.__path__: list[str] = []  # a package, so that its submodules can be imported too

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        path = f"{self.__name__}.{name}"
        if path in self._modules:  # `from common import layers`
            return importlib.import_module(path)
        if name in self._provided:
            return self._provided[name]
        return Placeholder(path if self.__name__ in self._modules else self.__name__, self._line)


class Absent(MetaPathFinder, Loader):
    """Finds the modules that the course hands out, and a placeholder for whatever else the student's own files import
    and is not here.

    `modules` are the former's sources; `lines` tells for each other module that was asked for the student's line;
    `provided` is what the course provides in whatever module it is imported from.
    """

    def __init__(self, files: Collection[str], provided: dict[str, Any], modules: Mapping[str, str]) -> None:
        self.files, self.provided, self.modules = files, provided, modules
        self.lines: dict[str, int] = {}

    def install(self) -> None:
        """From here on nothing is looked for on disk, where it could not be read anyway."""
        sys.meta_path[:] = [BuiltinImporter, FrozenImporter, self]

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        """A library's own optional import is not the student's and fails as it expects to."""
        if name in self.modules:
            return ModuleSpec(name, self, is_package=True)
        frame = sys._getframe(1)
        while frame.f_back is not None and "importlib" in frame.f_code.co_filename:
            if frame.f_code.co_name == "_handle_fromlist":  # `from numpy import nothing` is an error like any other
                return None
            frame = frame.f_back
        if frame.f_code.co_filename not in self.files:
            return None
        self.lines.setdefault(name, frame.f_lineno)
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return PlaceholderModule(spec.name, self.lines.get(spec.name, 0), self.provided, self.modules)

    def exec_module(self, module: ModuleType) -> None:
        """Runs our source; of a placeholder there is nothing to run."""
        source = self.modules.get(module.__name__, "")
        exec(compile(source, f"<{module.__name__}>", "exec", dont_inherit=True), module.__dict__)
