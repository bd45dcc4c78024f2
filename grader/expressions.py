"""Text to a checked tree: exercises' forward programs and students' symbols (`grader.notation`) share this one door.

The text is bounded before Python's parser sees it, the parsed tree is matched against an allow-list, and nothing is
ever evaluated from text: a checked tree is walked (`evaluate`) with functions from the table of gates.
"""

from __future__ import annotations

import ast
import operator
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, reduce
from typing import Any

from grader.elementwise import Elementwise
from grader.gates import GATES
from grader.messages import in_words
from grader.structural import MANY

MAX_CHARACTERS = 2_000
MAX_TOKENS = 600
MAX_DEPTH = 40
MAX_DIGITS = 30
MAX_EXPONENT = 64
MAX_DECIMAL_EXPONENT = 300
MAX_GATES = 2_000
"""Of a tree: functions that are spelled out hold their argument more than once, and may be nested."""
_LARGEST = Fraction(sys.float_info.max)


class ExpressionError(ValueError):
    """Text that is not an expression of the language; the message says what to change. `code` and `parameters` word
    it in other languages (`grader.messages`)."""

    def __init__(self, code: str, **parameters: Any) -> None:
        super().__init__(in_words(code, parameters))
        self.code, self.parameters = code, parameters


@dataclass(frozen=True)
class Number:
    value: Fraction


@dataclass(frozen=True)
class Name:
    id: str


@dataclass(frozen=True)
class Apply:
    """A gate applied to arguments, with the options that it takes (`axis`, `keepdims`)."""

    gate: str
    arguments: tuple[Expression, ...]
    options: tuple[tuple[str, Any], ...] = field(default=())

    @cached_property
    def gates(self) -> int:
        """How many gates it applies as it is written out, where some arguments stand twice; known without walking
        arguments whose number is."""
        twice = _TWICE.get(self.gate, ())
        return 1 + sum(gates_of(a) * (2 if i in twice else 1) for i, a in enumerate(self.arguments))

    @cached_property
    def depth(self) -> int:
        """How many gates lie within one another."""
        return 1 + max(map(depth_of, self.arguments), default=0)


Expression = Number | Name | Apply

_OPERATORS: dict[type, str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
    ast.MatMult: "matmul",
}
_COMPARISONS: dict[type, tuple[str, bool]] = {  # gate, and whether its sides are exchanged
    ast.Gt: ("greater", False),
    ast.GtE: ("greater_equal", False),
    ast.Lt: ("greater", True),
    ast.LtE: ("greater_equal", True),
}
_FUNCTIONS = {
    **{name: name for name in ("exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "abs", "sum", "mean")},
    **{name: name for name in ("maximum", "minimum", "where")},
    "ln": "log", "σ": "sigmoid", "max": "maximum", "min": "minimum", "Max": "maximum", "Min": "minimum",
    "Abs": "abs", "Heaviside": "step", "transpose": "transpose", "leaky_relu": "leaky_relu", "softplus": "softplus",
    "take": "take", "one_hot": "one_hot", "reshape": "reshape", "concatenate": "concatenate",
}  # fmt: skip
_COMPOSED = {  # functions that are several gates: their derivative is that of their parts
    "softmax": "exp(x) / sum(exp(x), axis={axis}, keepdims=True)",
    "log_softmax": "x - log(sum(exp(x), axis={axis}, keepdims=True))",
}
_METHODS = frozenset(("sum", "mean", "max", "dot", "reshape", "transpose"))
"""What may be written after a dot: `a.sum(axis=1)` is `sum(a, axis=1)`."""
FUNCTION_NAMES = frozenset(_FUNCTIONS) | frozenset(_COMPOSED)
_TWICE = {"leaky_relu": (0,), "take": (1,)}
"""Arguments that NumPy code holds twice (see `written_out`), by gate."""
_READING = threading.Lock()
_TOKEN = re.compile(r"\s+|[^\W\d]\w*|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?|\*\*|//|[<>=!]=|.", re.DOTALL)


def parse(
    text: str, names: Iterable[str], functions: Mapping[str, str] | None = None,
    composed: Mapping[str, str] | None = None, constants: Iterable[str] = (),
) -> Expression:  # fmt: skip
    """The checked tree of `text` over `names` and `constants`. `functions` gives functions of the language, or its
    gates, further names, `composed` spells out further functions of one argument x.

    Raises ExpressionError, whose message says what to change, in time and memory bounded by MAX_CHARACTERS.
    """
    bound(text)
    text = text.strip()
    try:
        tree = python_tree(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = getattr(error, "offset", None) or max(1, len(text))  # 0 where it ends too early
        raise ExpressionError("not_an_expression", text=_shown(text), column=column) from None
    return _Checker(frozenset(names), functions or {}, composed or {}, frozenset(constants)).check(tree.body)


def python_tree(text: str, mode: str = "eval") -> Any:
    """The text as Python reads it, see `ast.parse`. Raises what Python does. One thread at a time: before Python 3.13
    the depth of a tree is counted for all of them together, and what is ignored of its warnings is so for all."""
    with _READING, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python's advice on style, such as for `1if x`
        return ast.parse(text, mode=mode)


def parse_statement(text: str) -> tuple[str, str] | None:
    """`name = expression` as its two sides; None where the line is of another form."""
    match = re.match(r"\s*([^\W\d]\w*)\s*=(?!=)", text)
    value = text[match.end() :].strip() if match else ""  # a pattern for it takes the square of the number of blanks
    return (match[1], value) if match and value and "\n" not in value else None


def bound(text: str) -> None:
    """Refuse, before parsing, what could exhaust the parser or the reader. Raises ExpressionError."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError("expression_too_long", limit=MAX_CHARACTERS)
    depth = deepest = run = count = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.isspace():
            continue
        count += 1
        depth += (token in "([{") - (token in ")]}")
        run = run + 1 if token in {"-", "+", "~", "not", "**", "^", "lambda", "if", "else"} else 0
        deepest = max(deepest, depth, run)
        if token[0].isdecimal() or (token[0] == "." and len(token) > 1):  # ¹ begins a name
            _bound_number(token)
    if count > MAX_TOKENS or deepest > MAX_DEPTH:
        raise ExpressionError("expression_too_deep", limit=MAX_DEPTH)


def _bound_number(token: str) -> None:
    digits, _, exponent = token.lower().partition("e")
    if sum(map(str.isdigit, digits)) > MAX_DIGITS or (exponent and abs(int(exponent)) > MAX_DECIMAL_EXPONENT):
        raise ExpressionError("number_too_long", limit=MAX_DIGITS)


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


class _Checker:
    """Matches Python's tree against the allow-list, over `names` and `constants`, with further names for `functions`
    and further `composed` ones."""

    def __init__(
        self, names: frozenset[str], functions: Mapping[str, str], composed: Mapping[str, str],
        constants: frozenset[str],
    ) -> None:  # fmt: skip
        self.names, self.functions, self.composed, self.constants = names, functions, composed, constants
        self.depth = 0

    def check(self, tree: ast.expr) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH * 2:
            raise ExpressionError("expression_too_deep", limit=MAX_DEPTH)
        try:
            return _bounded(self.matched(tree))
        finally:
            self.depth -= 1

    def matched(self, tree: ast.expr) -> Expression:
        match tree:
            case ast.Constant(value=bool()):
                pass
            case ast.Constant(value=int() | float()):
                return _number(tree)
            case ast.Name(id=name):
                if name not in self.names and name not in self.constants:
                    raise ExpressionError("unknown_name", name=_shown(name), names=_listed(self.names))
                return Name(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.check(operand)
                return Number(-inner.value) if isinstance(inner, Number) else Apply("negative", (inner,))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.check(operand)
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
                arguments = (self.check(left), self.check(right))
                if isinstance(sign, ast.Pow):
                    _bound_power(arguments[1])
                return Apply(_OPERATORS[type(sign)], arguments)
            case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _COMPARISONS:
                gate, exchanged = _COMPARISONS[type(sign)]
                sides = (self.check(left), self.check(right))
                return Apply(gate, sides[::-1] if exchanged else sides)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return Apply("where", (self.check(test), self.check(body), self.check(orelse)))
            case ast.Attribute(value=value, attr="T"):
                return Apply("transpose", (self.check(value),))
            case ast.Subscript(value=ast.Call(func=ast.Name(id="eye"), args=[size], keywords=[]), slice=labels):
                return self.call("one_hot", [labels, size], [])  # np.eye(C)[y]
            case ast.Subscript(value=value, slice=place):
                return Apply("item", (self.check(value),), (("index", _index(place)),))
            case (
                ast.List(elts=[_, *_] as parts)
                | ast.Call(func=ast.Name(id="array"), args=[ast.List(elts=parts)], keywords=[])
            ):
                one = Number(Fraction(1))
                each = tuple(Apply("reshape", (self.check(p), one), (("shape", (1,)),)) for p in parts[:MANY])
                if len(parts) <= MANY:  # numbers in brackets: an array of them
                    return Apply("concatenate", each, (("axis", 0),))
            case ast.Call(func=ast.Constant(value=1), args=[ast.Compare() as condition], keywords=[]):
                return self.check(condition)  # the indicator 1(x > y)
            case ast.Call(func=ast.Name(id="Piecewise"), args=[*pieces], keywords=[]) if pieces:
                return self.piecewise(pieces)
            case ast.Call(func=ast.Attribute(value=value, attr=method), args=arguments, keywords=keywords) if (
                method in _METHODS
            ):
                return self.call(self.functions.get(method, method), [value, *arguments], keywords)
            case ast.Call(func=ast.Name(id=function), args=arguments, keywords=keywords):
                return self.call(self.functions.get(function, function), arguments, keywords)
        raise ExpressionError("form_not_allowed", text=_shown(ast.unparse(tree)))

    def call(self, function: str, arguments: list[ast.expr], keywords: list[ast.keyword]) -> Expression:
        if function in _COMPOSED or function in self.composed:
            return self.spelled_out(function, arguments, keywords)
        gate_name = _FUNCTIONS.get(function, function if function in self.functions.values() else None)
        if gate_name not in GATES:
            known = FUNCTION_NAMES | set(self.composed)
            raise ExpressionError("unknown_function", name=_shown(function), names=_listed(known))
        if gate_name in ("maximum", "minimum") and len(arguments) > 2 and not keywords:
            gate_of_two, checked = gate_name, [self.check(a) for a in arguments]
            return reduce(lambda one, other: Apply(gate_of_two, (one, other)), checked)
        if function == "Heaviside" and len(arguments) == 2 and not keywords:
            step, at_kink = self.check(arguments[0]), self.check(arguments[1])
            below = Apply("where", (Apply("greater", (Number(Fraction(0)), step)), Number(Fraction(0)), at_kink))
            above = Apply("greater", (step, Number(Fraction(0))))
            return Apply("where", (above, Number(Fraction(1)), below))
        along_axis = function in ("max", "Max") and len(arguments) == 1 and keywords
        gate = GATES["largest" if along_axis else gate_name]
        if gate.name == "reshape" and len(arguments) == 2 and isinstance(arguments[1], ast.Tuple):
            arguments = [arguments[0], *arguments[1].elts]
        if gate.name in ("sum", "mean") and len(arguments) == 2:  # np.sum(a, 1)
            keywords = [ast.keyword("axis", arguments.pop()), *keywords]
        checked = [self.check(a) for a in arguments]
        many = gate.arity == MANY
        if not (1 <= len(arguments) <= MANY if many else len(arguments) == gate.arity):
            expected = f"1 to {MANY}" if many else gate.arity
            raise ExpressionError("wrong_number_of_arguments", name=function, expected=expected, got=len(arguments))
        allowed = () if isinstance(gate, Elementwise) else gate.options
        options: dict[str, Any] = {k: v for k, v in _options(function, keywords).items()}
        for option in options:
            if option not in allowed or option in ("shape", "index"):
                raise ExpressionError("option_not_allowed", name=function, option=option)
        if gate.name == "power":
            _bound_power(checked[1])
        if "shape" in allowed:
            options["shape"] = tuple(_dimension(a) for a in checked[1:])
        return Apply(gate.name, tuple(checked), tuple(sorted(options.items())))

    def spelled_out(self, function: str, arguments: list[ast.expr], keywords: list[ast.keyword]) -> Expression:
        options = _options(function, keywords)
        if len(arguments) != 1:
            raise ExpressionError("wrong_number_of_arguments", name=function, expected=1, got=len(arguments))
        if set(options) - {"axis"} or (options and function in self.composed):
            raise ExpressionError("option_not_allowed", name=function, option=next(iter(options)))
        argument = self.check(arguments[0])
        spelling = self.composed.get(function) or _COMPOSED[function].format(axis=options.get("axis", -1))
        return put(parse(spelling, ("x",)), {"x": argument})

    def piecewise(self, pieces: list[ast.expr]) -> Expression:
        """SymPy's Piecewise((value, condition), …): the last condition is True, or the contrary of the one before."""
        read: list[tuple[Expression, Expression | None]] = []
        for piece in pieces:
            match piece:
                case ast.Tuple(elts=[value, ast.Constant(value=True)]) if piece is pieces[-1]:
                    read.append((self.check(value), None))
                case ast.Tuple(elts=[value, ast.Compare() as condition]):
                    read.append((self.check(value), self.check(condition)))
                case _:
                    raise ExpressionError("form_not_allowed", text=_shown(ast.unparse(piece)))
        *before, (result, last) = read
        if last is not None and not (len(before) == 1 and _contrary(before[0][1], last)):
            raise ExpressionError("piecewise_without_else")
        for chosen, where in reversed(before):
            assert where is not None
            result = Apply("where", (where, chosen, result))
        return result


def _bounded(expression: Expression) -> Expression:
    if gates_of(expression) > MAX_GATES:
        raise ExpressionError("expression_too_deep", limit=MAX_DEPTH)
    return expression


def _number(constant: ast.Constant) -> Number:
    value = Fraction(ast.unparse(constant))
    if value > _LARGEST:
        raise ExpressionError("number_too_long", limit=MAX_DIGITS)
    return Number(value)


def gates_of(expression: Expression) -> int:
    """How many gates `expression` applies: see `Apply.gates`."""
    return expression.gates if isinstance(expression, Apply) else 0


def depth_of(expression: Expression) -> int:
    """How many gates of `expression` lie within one another."""
    return expression.depth if isinstance(expression, Apply) else 0


def _contrary(one: Expression | None, other: Expression) -> bool:
    """Whether one of two comparisons holds wherever the other does not, equality aside."""
    comparisons = ("greater", "greater_equal")
    match one, other:
        case Apply(first, (a, b)), Apply(second, (c, d)):
            return first in comparisons and second in comparisons and (a, b) == (d, c)
    return False


def _options(function: str, keywords: list[ast.keyword]) -> dict[str, int]:
    """The keyword arguments, which are plain integers or truth values."""
    options: dict[str, int] = {}
    for keyword in keywords:
        match keyword.value:
            case ast.Constant(value=int(constant)):
                options[str(keyword.arg)] = constant
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(positive))):
                options[str(keyword.arg)] = -positive
            case _:
                raise ExpressionError("option_not_allowed", name=function, option=str(keyword.arg))
    return options


def _index(place: ast.expr) -> tuple[int, ...]:
    match place:
        case ast.Constant(value=int(i)) if type(i) is int and i >= 0:
            return (i,)
        case ast.Tuple(elts=[_, *_] as places):
            return tuple(i for p in places for i in _index(p))
    raise ExpressionError("form_not_allowed", text=_shown(f"[{ast.unparse(place)}]"))


def _dimension(expression: Expression) -> str | int:
    match expression:
        case Name(name):
            return name
        case Number(value) if value.denominator == 1 and value > 0:
            return int(value)
    raise ExpressionError("form_not_allowed", text=_shown(written_out(expression)))


def put(expression: Expression, values: Mapping[str, Expression]) -> Expression:
    """`expression` with `values` in the places of their names, each of them the same object at all its places: no
    longer made than `expression` is, but `gates_of` says how long it is to walk."""
    match expression:
        case Name(name):
            return values.get(name, expression)
        case Apply(gate, arguments, options):
            return Apply(gate, tuple(put(a, values) for a in arguments), options)
    return expression


def _bound_power(exponent: Expression) -> None:
    """Refuse towers: an exponent without a name in it is a number up to MAX_EXPONENT, spelled without powers."""
    if names_of(exponent):
        return
    value = _plain(exponent)
    if value is None or abs(value) > MAX_EXPONENT:
        raise ExpressionError("exponent_too_large", limit=MAX_EXPONENT)


_ARITHMETIC: dict[str, Callable[..., Fraction]] = {
    "negative": operator.neg, "add": operator.add, "subtract": operator.sub, "multiply": operator.mul,
    "divide": operator.truediv,
}  # fmt: skip


def _plain(expression: Expression) -> Fraction | None:
    """The number that sums, products and quotients of numbers come to; None for anything else."""
    match expression:
        case Number(value):
            return value
        case Apply(gate, arguments) if gate in _ARITHMETIC:
            values = [_plain(a) for a in arguments]
            if None in values or (gate == "divide" and values[1] == 0):
                return None
            return _ARITHMETIC[gate](*values)
    return None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def names_of(expression: Expression) -> set[str]:
    """The names that `expression` uses."""
    match expression:
        case Name(name):
            return {name}
        case Apply(_, arguments):
            return set().union(*map(names_of, arguments))
    return set()


def evaluate(
    expression: Expression,
    values: Mapping[str, Any],
    number: Callable[[Fraction], Any],
    gate: Callable[[Apply, list[Any]], Any],
) -> Any:
    """The value of `expression`: names from `values`, numbers through `number`, gates through `gate`."""
    if isinstance(expression, Apply):
        return gate(expression, [evaluate(a, values, number, gate) for a in expression.arguments])
    return values[expression.id] if isinstance(expression, Name) else number(expression.value)


_SIGNS = {"add": (1, " + "), "subtract": (1, " - "), "multiply": (2, "*"), "divide": (2, "/"), "matmul": (2, " @ "),
          "greater": (0, " > "), "greater_equal": (0, " >= ")}  # fmt: skip
_NUMPY: dict[str, tuple[int, int, str]] = {  # gate: how tight the result binds, how tight its arguments must, the code
    "exp": (4, 0, "np.exp({0})"), "log": (4, 0, "np.log({0})"), "sqrt": (4, 0, "np.sqrt({0})"),
    "sin": (4, 0, "np.sin({0})"), "cos": (4, 0, "np.cos({0})"), "tanh": (4, 0, "np.tanh({0})"),
    "abs": (4, 0, "np.abs({0})"), "sigmoid": (2, 3, "1 / (1 + np.exp(-{0}))"), "relu": (4, 0, "np.maximum({0}, 0)"),
    "leaky_relu": (4, 3, "np.maximum({0}, 0.01 * {0})"), "softplus": (4, 0, "np.log(1 + np.exp({0}))"),
    "maximum": (4, 0, "np.maximum({0}, {1})"), "minimum": (4, 0, "np.minimum({0}, {1})"),
    "where": (4, 0, "np.where({0}, {1}, {2})"), "step": (4, 0, "np.heaviside({0}, 0.5)"),
    "sum": (4, 0, "np.sum({0}{options})"), "mean": (4, 0, "np.mean({0}{options})"),
    "largest": (4, 0, "np.max({0}{options})"), "take": (4, 4, "{0}[np.arange(len({1})), {1}]"),
    "one_hot": (4, 0, "np.eye({1})[{0}]"),
}  # fmt: skip


def written_out(expression: Expression, within: int = 0, numpy: bool = False) -> str:
    """`expression` in the language's notation, or as NumPy code, with no bracket that is not needed."""

    def inner(part: Expression, level: int = 0) -> str:
        return written_out(part, level, numpy)

    match expression:
        case Number(value):
            text, level = str(value), 4 if value.denominator == 1 and value >= 0 else 1
        case Name(name):
            text, level = name, 4
        case Apply("negative", (operand,)):
            text, level = f"-{inner(operand, 2)}", 1
        case Apply("power", (base, exponent)):
            text, level = f"{inner(base, 4)}**{inner(exponent, 4)}", 3
        case Apply("item", (operand,), (("index", index),)):
            text, level = f"{inner(operand, 4)}[{', '.join(map(str, index))}]", 4
        case Apply("transpose", (operand,)):
            text, level = f"{inner(operand, 4)}.T", 4
        case Apply(gate, (left, right)) if gate in _SIGNS:
            level, sign = _SIGNS[gate]
            text = inner(left, level) + sign + inner(right, level + 1)
        case Apply("concatenate", parts) if not numpy and all(_is_number_in_array(part) for part in parts):
            text, level = f"[{', '.join(inner(part.arguments[0]) for part in parts)}]", 4  # type: ignore[union-attr] # each is a reshape
        case Apply("reshape", (operand, *sizes)) if numpy:
            text, level = f"np.reshape({inner(operand)}, ({', '.join(map(inner, sizes))},))", 4
        case Apply("concatenate", parts, options) if numpy:
            text, level = f"np.concatenate([{', '.join(map(inner, parts))}]{_keywords(options)})", 4
        case Apply(gate, arguments, options) if numpy and gate in _NUMPY:
            level, tight, template = _NUMPY[gate]
            text = template.format(*(inner(a, tight) for a in arguments), options=_keywords(options))
        case Apply(gate, arguments, options):
            text = f"{gate}({', '.join(map(inner, arguments))}{_keywords(o for o in options if o[0] != 'shape')})"
            level = 4
    return f"({text})" if level < within else text


def _is_number_in_array(part: Expression) -> bool:
    """Whether `part` is a number as an array of length 1: as an entry in brackets is read."""
    return isinstance(part, Apply) and part.gate == "reshape" and part.arguments[1:] == (Number(Fraction(1)),)


def _keywords(options: Iterable[tuple[str, Any]]) -> str:
    return "".join(f", {key}={value if key == 'axis' else bool(value)}" for key, value in options)
