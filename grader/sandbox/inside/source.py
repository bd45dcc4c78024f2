"""A student's text, read: the parts of a program as syntax trees, and the names it sets. Nothing is run here."""

from __future__ import annotations
import __future__

import ast
import json
import linecache
import re
import sys
from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from .modules import AVAILABLE
from .wire import MAX_WORDS, Failure

FILE = "submission.py"
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_OWN = re.compile(re.escape(FILE) + r"|code cell (\d{1,6})")
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)
_IMPORT_ERRORS, _ERRORS = {"ImportError", "ModuleNotFoundError"}, {"Exception", "BaseException"}
_SHORT = 3  # statements: what catches all errors of more than these is not meant for an import
_EXITS = {"exit", "quit", "_exit"}
_MAGIC = re.compile(
    r"^([ \t]*)(?:%(?:time|timeit|prun)[ \t]+(\w[^=\n]*=[^=].*)|[%!?](?:.*\\\n)*.*|[\w.]+\?\??[ \t]*)$",
    re.MULTILINE,
)
_SHELL = re.compile(r"^([ \t]*[\w, \t]+=)[ \t]*[!%].*$", re.MULTILINE)
_WRAPPING = re.compile(r"%%(?:time|timeit|capture|prun)\b.*")


@dataclass
class Part:
    """A file, or one code cell of a notebook (`cell`, counted from 1; 0 for a file). Lines are those of the part."""

    file: str
    cell: int
    tree: ast.Module


@dataclass
class Program:
    """`skipped` has for each name that a statement which was not run would have set that statement's line; `failed`,
    for those that were run in vain, also the exception."""

    parts: list[Part]
    skipped: dict[str, int] = field(default_factory=dict)
    failed: dict[str, tuple[int, BaseException]] = field(default_factory=dict)
    futures: int = 0

    @property
    def files(self) -> dict[str, int]:
        """The parts' file names, with their cells."""
        return {part.file: part.cell for part in self.parts}

    def statements(self) -> Iterator[tuple[Part, ast.stmt]]:
        """The top-level statements; those of a `try` (an import that may fail) count as such, and where it fails those
        that come instead."""
        for part in self.parts:
            for statement in part.tree.body:
                for inner in _within_try(statement):
                    yield part, inner

    def star_import_of(self, modules: Container[str]) -> str | None:
        """The first of `modules` that the program imports everything from."""
        for _, statement in self.statements():
            if isinstance(statement, ast.ImportFrom) and statement.module in modules and statement.names[0].name == "*":
                return statement.module
        return None

    def compile(self, part: Part, body: list[ast.stmt]) -> CodeType:
        """`body` as code. Raises Failure where it is nested too deeply, or refused only now."""
        module = ast.Module(body, [])
        with _readable(part):
            code: CodeType = compile(module, part.file, "exec", flags=self.futures, dont_inherit=True)
        return code


def read(source: str, notebook: bool, modules: Collection[str] = ()) -> Program:
    """The program in `source`, for which `modules` are handed out. Raises Failure."""
    texts = enumerate(_cells(source), 1) if notebook else [(0, source)]
    parts = []
    for cell, text in texts:
        part = Part(f"code cell {cell}" if cell else FILE, cell, ast.Module([], []))
        with _readable(part):
            part.tree = _parse(text, notebook)
            _refuse_returns(part, text)
        lines = text.splitlines(keepends=True)
        linecache.cache[part.file] = (len(text), None, lines, part.file)  # for tracebacks and warnings
        parts.append(part)
    program = Program([*_imports(parts, modules), *parts])
    for _, statement in program.statements():
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:
                feature: Any = getattr(__future__, alias.name, None)
                program.futures |= getattr(feature, "compiler_flag", 0)
    return program


def running() -> tuple[int, int] | None:
    """The cell (0: a file) and line of the student's own that is being run, if one is."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if (found := _OWN.fullmatch(frame.f_code.co_filename)) is not None:
            return int(found[1] or 0), frame.f_lineno
        frame = frame.f_back
    return None


def stored(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that running `nodes` would set in their own scope: what functions, classes, lambdas and
    comprehensions set stays within them."""
    names: set[str] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
        if isinstance(node, DEFINITIONS):
            names.add(node.name)
        elif not isinstance(node, _SCOPES):
            waiting += ast.iter_child_nodes(node)
    return names


def _imports(parts: list[Part], modules: Collection[str]) -> Iterator[Part]:
    """Takes out of each part what it imports by name from modules that are not here, to be run first: so a name that
    the student's own text defines anywhere is the student's, whatever is imported over it later. An import that the
    text can do without fails, as it expects."""
    for part in parts:
        for node in _all_statements(part.tree.body):
            if isinstance(node, ast.ImportFrom) and node.level:
                node.module, node.level = _absolute(node.module or "", modules), 0
        for node in _all_statements(part.tree.body):
            if isinstance(node, ast.Try) and _fallback(node):
                node.body = [_refused(statement, modules) or statement for statement in node.body]
        here = {s for s in part.tree.body if isinstance(s, ast.ImportFrom) and s.module not in AVAILABLE}
        if here:
            yield Part(part.file, part.cell, ast.Module([s for s in part.tree.body if s in here], []))
            part.tree.body = [s for s in part.tree.body if s not in here]


def _absolute(module: str, modules: Collection[str]) -> str:
    """The course's module that a relative import means: it has one package, wherever in it the file lies."""
    if module in modules:
        return module
    package = next((name.rpartition(".")[0] for name in modules if "." in name), "")
    return ".".join(filter(None, (package, module))) or "package"


def _all_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements in `body` and in their blocks, at any depth, without a look into their expressions."""
    waiting: list[Any] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, block, ())


def _within_try(statement: ast.stmt) -> Iterator[ast.stmt]:
    if not isinstance(statement, ast.Try):
        yield statement
        return
    fallback = _fallback(statement)
    fails = next((at for at, inner in enumerate(statement.body) if isinstance(inner, ast.Raise)), None)
    if fallback is not None and fails is not None:
        run = [*statement.body[:fails], *fallback.body]
    else:
        run = [*statement.body, *statement.orelse]
    for inner in (*run, *statement.finalbody):
        yield from _within_try(inner)


def _fallback(statement: ast.Try) -> ast.ExceptHandler | None:
    """The part of a `try` that says what to use where an import fails; None where it only says that it did."""
    meant = _IMPORT_ERRORS | (_ERRORS if len(statement.body) <= _SHORT else set())
    for handler in statement.handlers:
        caught = {name for node in ast.walk(handler.type) for name in _named(node)} if handler.type else _ERRORS
        if caught & meant:
            ends = any(isinstance(node, ast.Raise) or _named(node) & _EXITS for node in _nodes(handler.body))
            return handler if stored(handler.body) and not ends else None
    return None


def _refused(statement: ast.stmt, modules: Collection[str]) -> ast.stmt | None:
    """What is run in the place of an import of what is not here; None for any other statement."""
    if isinstance(statement, ast.Import):
        names = [alias.name for alias in statement.names]
    elif isinstance(statement, ast.ImportFrom):
        names = [statement.module or ""]
    else:
        return None
    here = {*AVAILABLE, *sys.builtin_module_names, *modules}
    absent = next((n for n in names if n not in here and not any(m.startswith(f"{n}.") for m in modules)), None)
    if absent is None:
        return None
    [fails] = ast.parse(f"raise ModuleNotFoundError({f'{absent} is not available here'!r}, name={absent!r})").body
    for node in ast.walk(fails):
        ast.copy_location(node, statement)
    return fails


def _named(node: ast.AST) -> set[str]:
    return {node.id} if isinstance(node, ast.Name) else {node.attr} if isinstance(node, ast.Attribute) else set()


def _nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    return (node for statement in body for node in ast.walk(statement))


def _cells(source: str) -> Iterator[str]:
    """The texts of a notebook's code cells; those of other languages (`%%bash`) are empty, so as to be counted."""
    try:
        cells = json.loads(source)["cells"]
        codes = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        texts = [code if type(code) is str else "".join(code) for code in codes]
    except RecursionError:
        raise Failure("source_too_deep") from None
    except (ValueError, TypeError, KeyError):
        raise Failure("notebook_not_understood") from None
    if not any(text.strip() for text in texts):
        raise Failure("notebook_without_code")
    for text in texts:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        first, _, rest = text.lstrip().partition("\n")
        if _WRAPPING.fullmatch(first):
            text = f"\n{rest}"  # its first line is the magic, the others are the cell
        yield "" if text.lstrip().startswith("%%") else text


def _parse(text: str, notebook: bool) -> ast.Module:
    """Lines of magic become what they time, or `pass`; but only in a cell that is not Python as it stands (`%` also
    divides). What a command of the shell is assigned to becomes None."""
    try:
        return ast.parse(text)
    except SyntaxError:
        if not notebook or not (_MAGIC.search(text) or _SHELL.search(text)):
            raise
        plain = _SHELL.sub(r"\1 None", text)
        return ast.parse(_MAGIC.sub(lambda m: m[1] + (m[2] or "pass") + "\n" * m[0].count("\n"), plain))


def _refuse_returns(part: Part, text: str) -> None:
    """A `return` that slipped out of its function; Python itself would say so, but not all of a text is compiled."""
    for statement in part.tree.body:
        if isinstance(statement, ast.Return):
            line = text.splitlines()[statement.lineno - 1]
            raise SyntaxError("'return' outside function", (part.file, statement.lineno, None, line))


class _readable:
    """Turns what reading `part` raises into a Failure."""

    def __init__(self, part: Part) -> None:
        self.part = part

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, SyntaxError):
            line, text = error.lineno, (error.text or "").strip()[:MAX_WORDS]
            reason = str(error.msg)[:MAX_WORDS]
            if self.part.cell:
                raise Failure("syntax_error_in_cell", line, reason=reason, text=text, cell=self.part.cell) from None
            raise Failure("syntax_error", line, reason=reason, text=text) from None
        if isinstance(error, (RecursionError, MemoryError)):  # the parser's word for "nested too deeply" is either
            raise Failure("source_too_deep") from None
        if isinstance(error, ValueError):
            raise Failure("syntax_error", reason=str(error)[:MAX_WORDS], text="") from None
