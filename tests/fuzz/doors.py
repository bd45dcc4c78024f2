"""Each door with what is thrown at it. What comes in is taken or refused by the door's own exception; nothing else may
come out, and not after long."""

from __future__ import annotations

import copy
import json
import time
import unicodedata
import warnings
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any, NamedTuple

import numpy as np
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from grader import SubmissionError, TrialSet, catalogue, read_code, read_exercise, read_symbols, trial_set, yaml12
from grader.exercise import ExerciseError
from grader.grade_symbols import grade_symbols
from grader.lines import preview
from grader.notation import CALLED
from grader.sandbox import Call, Job, Limits
from grader.sandbox.frames import BadReply, Replies
from grader.sandbox.inside import source, wire

MOST_CPU_SECONDS = 5.0  # for one input; the slowest known take a tenth

_ODD = ["\0", "\ud800", "\u202e", "\ufeff", "\x1b", "\u2028", "\u00a0", "ß", "İ", "⁹", "𝟗", "٣", "ﬁ", "̸", "\t", "\r"]


class Door(NamedTuple):
    """A front door: what is thrown at it, and what it does with that, raising only what must not be."""

    name: str
    thrown: st.SearchStrategy[Any]
    enter: Callable[[Any], None]


def throw(door: Door, examples: int, start: int) -> int:
    """Throws so many examples at the door and returns how many there were. Raises what came out."""
    thrown = 0

    @seed(start)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(door.thrown)
    def enter(example: Any) -> None:
        nonlocal thrown
        thrown += 1
        before = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python warns of odd escapes in what it is given to parse
            door.enter(example)
        assert time.process_time() - before < MOST_CPU_SECONDS, "it took too long"

    enter()
    return thrown


@st.composite
def changed(draw: st.DrawFn, originals: list[Any], pieces: list[Any]) -> Any:
    """One of `originals` (texts or bytes) with a few slices left out, doubled, moved, or replaced by `pieces`."""
    text = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 1, 1, 2, 4, 8, 30, 200])))
        piece = draw(st.sampled_from([*pieces, text[start:end] * 2, text[:0]]))
        place = draw(st.sampled_from([start, start, start, 0, len(text)]))
        text = text[:place] + piece + text[max(place, end) :]
    return text


# Replies. Two calls, of which the first asks two things.
JOB = Job("", False, ({"kind": "script", "provides": {"w": 1}},), ("x",),
          (Call({"x": 1}, ("dx", "dy")), Call({"x": 2}, ("dx",))))  # fmt: skip
_ANSWERS = [
    wire.Answer("array", "ndarray", np.array([[1.0, np.nan]])),
    wire.Answer("missing"),
    wire.Answer("not_array", "str"),
]
_CALL = {"types": ["float"] * 2, "raised": ["ValueError", "bad", 3, "…"], "notes": [["input_changed", {"name": "x"}]]}
_TOLD = {"failed": None, "interface": 0, "stdout": "hello", "notes": [["stdout_cut", {"limit": 6}]], "call": _CALL}
_FAILED = {"failed": ["syntax_error", {"reason": "r", "text": "t"}, 3], "stdout": ""}
_FIRST = wire.encode_reply(_ANSWERS[:2], _TOLD)
_HIDDEN = {"failed": None, "call": {**_CALL, "types": ["float"]}}
REPLIES = [_FIRST, wire.encode_reply(_ANSWERS[2:], _HIDDEN), wire.encode_reply([], _FAILED), wire.encode_reply([], {})]
_LENGTHS = [n.to_bytes(4, "little") for n in (0, 1, 2, 2**31, 2**32 - 1, 1 << 20)]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["dx", "x", "bad"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*_TOLD, *wire.NOTES]), inner),
    max_leaves=12,
)


@st.composite
def replies(draw: st.DrawFn) -> bytes:
    """Anything; a right frame with slices changed; a right frame around any words."""
    match draw(st.integers(0, 2)):
        case 0:
            return draw(st.binary(max_size=300))
        case 1:
            pieces = [b"\0", b"\xff", b"{", b"null", b"[" * 2000, b"1e999", b'"\\ud800"', *_LENGTHS]
            return bytes(draw(changed(REPLIES, pieces)))
    told = {**_TOLD, draw(st.sampled_from(list(_TOLD))): draw(_JSON)}
    return wire.encode_reply(draw(st.sampled_from([_ANSWERS[:2], _ANSWERS[2:]])), told)


def decode(data: bytes) -> None:
    """Decodes a reply, as the first one and as one to a hidden call."""
    for before in ((), (_FIRST,)):
        replies = Replies(JOB, Limits(array_entries=1000))
        for earlier in before:
            assert replies.add(earlier) is None
        try:
            failed = replies.add(data)
        except BadReply:
            continue
        told = (failed or replies).stdout
        assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in told if c not in "\n\t")
        assert [len(answers.candidates) for answers in replies.answers] == [2, 1][: len(before) + (failed is None)]


# Exercises, as their authors might get them wrong.
_YAML = [
    "\n",
    "\n  ",
    ": ",
    "- ",
    "&a ",
    "*a",
    "'",
    '"',
    "\\",
    "x ** 99",
    "1/0",
    "((((",
    "9" * 40,
    "x**x**x",
    "(0-1)**.5",
]
_YAML += """{ } [ ] | > ? 1e999 .nan -1 0 null true x W n_x shape forward of wrt !!python/object uniform(1,0) classes(n)
    one_hot(9) sum(x,axis=7) x.T x@x log(0) reshape x[0,1,2]""".split()


@st.composite
def misfitting(draw: st.DrawFn, documents: list[Any]) -> str:
    """One of `documents` with something else in the place of one value; as JSON, which is YAML."""
    data = place = copy.deepcopy(draw(st.sampled_from(documents)))
    while True:
        key = draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if not (isinstance(place[key], (dict, list)) and place[key] and draw(st.booleans())):
            break
        place = place[key]
    place[key] = draw(_JSON | st.sampled_from([*_YAML, "²", "n_x*²", "uniform(0,1e999)"]))
    return json.dumps(data).replace("Infinity", "1e999")


def read_yaml(text: str) -> None:
    line = None
    try:
        read_exercise(text)
    except ExerciseError as error:
        line = error.line
    assert line is None or 1 <= line <= text.count("\n") + 2


# Symbols: of numbers, and of arrays.
_WORDS = [*sorted(CALLED), " ", "9" * 31, "\\", "\\\\"]
_WORDS += r"""w0 w_{0} x_1 xy dot f e pi α σ 1 2.5 .5 1e9 0 ^ ** * / // + - ( ) [ ] { } , = == < > ≥ if else and lambda
    \frac \sqrt \sigma \left \right \cdot \mathbb \mathrm \partial \text _ ' '' ² ½ x² ⁻¹ d df/dx np. math. : := ; @ # %
    & | ~ … W1 W_2^T X y Z1 A1 dZ2 dA1 n_x .T .reshape .sum axis= keepdims=True 1_ [:,0] [..., None] \odot
    ᵀ ⊙""".split()
_OF_NUMBERS = [
    "x0 f(1-f)",
    r"\frac{x_1 e^{-dot}}{(1+e^{-dot})^2}",
    "dw0 = x0*f*(1 - f)",
    "1(w0 > 0) x0",
    "np.where(x0 > 0, x0, -x0)",
    "Piecewise((x0, w0 > 1), (0, True))",
    "sum(x0, axis=0)",
]
_OF_ARRAYS = [
    "W2.T @ dZ2 * (Z1 > 0)",
    "dA1 = W2.T @ (A2 - Y); dZ1 = dA1 * A1 * (1 - A1)",
    r"W_2^T dZ_2 \odot (1 - A_1^2)",
    "np.sum(A2 - Y, axis=1, keepdims=True) / m",
    "np.einsum('ij,kj->ik', A2 - Y, A1)",
]


def typed(answers: list[str]) -> st.SearchStrategy[str]:
    words = st.lists(st.sampled_from([*_WORDS, *_ODD]) | st.text(max_size=3), max_size=40).map("".join)
    return words | changed(answers, [*_WORDS, *_ODD])


def answer_in_symbols(name: str, ask: str, text: str) -> None:
    """As a page does while one types, and as the grader does."""
    try:
        symbols = read_symbols({ask: text})
    except SubmissionError:
        return
    exercise = catalogue()[name]
    preview(exercise, symbols.answers)
    grade_symbols(exercise, symbols, _trials(name))


@cache
def _trials(name: str) -> TrialSet:
    return trial_set(catalogue()[name], b"secret", 0)


# Students' files.
_CODE = ["    ", "\t", "\\\n", "'''", "f'{", "}'", "(" * 300, "-" * 5000, "x." * 3000, "lambda: " * 200, "9" * 5000]
_CODE += [
    f"{line}\n"
    for line in """def f(x): return x|class A: pass|if x:|try:|except* E:|match x:|  case|del x|async |await x|global x|
    nonlocal x|return|yield|*a, = x|x: int = 3|# coding: utf-16|import numpy as np|from . import a|
    from __future__ import annotations|%matplotlib inline|!ls|x = !ls|%%time|%%bash|f?""".split("|")
]
_cell = st.lists(st.sampled_from([*_CODE, *_ODD]) | st.text(max_size=5), max_size=8).map("".join)
_any_cell = st.one_of(
    _cell.map(lambda text: {"cell_type": "code", "source": text}),
    st.lists(_cell, max_size=3).map(lambda lines: {"cell_type": "code", "source": lines}),
    st.builds(lambda kind, content: {"cell_type": kind, "source": content}, st.text(max_size=3), _JSON),
    _JSON,
)
_notebook = st.lists(_any_cell, max_size=5).map(lambda cells: json.dumps({"cells": cells, "nbformat": 4}))
_notebooks = _notebook | _JSON.map(json.dumps) | st.builds(lambda n: '{"cells":' + "[" * n, st.integers(0, 100_000))


@st.composite
def _spoilt_notebook(draw: st.DrawFn) -> str:
    return str(draw(changed([draw(_notebook)], ["[" * 5000, "{", "}", '"', "\\", ",", "null", "code", "1e400"])))


def read_source(text: str, notebook: bool) -> None:
    """As the front door takes it, and as the child in the sandbox reads and compiles it."""
    try:
        code = read_code(text, "a.ipynb" if notebook else "a.py")
        program = source.read(code.source, code.notebook, ("common.layers",))
        for part in program.parts:
            program.compile(part, part.tree.body)
    except (SubmissionError, wire.Failure):
        return
    source.stored(statement for _, statement in program.statements())


def doors() -> tuple[Door, ...]:
    """All of them."""
    exercises = [exercise.source for exercise in catalogue().values()]
    documents = [yaml12.read(text).data for text in exercises]
    yaml = misfitting(documents) | changed(exercises, [*_YAML, *_ODD]) | st.text(max_size=60)
    return (
        Door("replies", replies(), decode),
        Door("exercises", yaml, read_yaml),
        Door("symbols", typed(_OF_NUMBERS), lambda text: answer_in_symbols("sigmoid-neuron", "dw0", text)),
        Door("arrays", typed(_OF_ARRAYS), lambda text: answer_in_symbols("two-layer", "dZ1", text)),
        Door("notebooks", _notebooks | _spoilt_notebook(), lambda text: read_source(text, notebook=True)),
        Door("files", _cell, lambda text: read_source(text, notebook=False)),
        Door("bytes", st.binary(max_size=300), lambda data: read_bytes(data)),
    )


def read_bytes(data: bytes) -> None:
    try:
        read_code(data)
    except SubmissionError:
        pass


def for_seconds(door: Door, seconds: float, random: Random) -> int:
    """Throws for about so long, from a new seed each time; returns how many."""
    ends, thrown = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        thrown += throw(door, 500, random.getrandbits(64))
    return thrown
