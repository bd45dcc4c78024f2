"""A checked tree as MathML, which browsers set without scripts: what a student's answer was understood as."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from grader.expressions import Apply, Expression, ExpressionError, Name, Number
from grader.notation import CONSTANTS, KEYWORDS, read

_GREEK = dict(zip(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa mu nu xi pi rho sigma tau phi chi psi omega".split(),
    "αβγδεζηθικμνξπρστφχψω", strict=True,
))  # fmt: skip
_SIGNS = {"add": "+", "subtract": "−", "multiply": "·", "greater": "&gt;", "greater_equal": "≥", "entrywise": "∗"}
_LEVELS = {"add": 1, "subtract": 1, "multiply": 2, "negative": 1, "greater": 0, "greater_equal": 0, "entrywise": 2}
_CALLED = {"sigmoid": "σ", "maximum": "max", "minimum": "min", "step": "H"}
_FIRM = 4
"""How tight a name, a number or a bracket binds: nothing pulls it apart."""


def typeset(tree: Expression, left: str = "", arrays: bool = False) -> str:
    """The tree as a MathML element; `left` may stand before an equals sign. Of `arrays`, the product of entries has a
    sign of its own."""
    before = f"{_name(left)}<mo>=</mo>" if left else ""
    tree = _with_products(tree) if arrays else tree
    return f'<math displaystyle="true"><mrow>{before}{_set(tree)}</mrow></math>'


@lru_cache(maxsize=2048)
def typeset_again(understood: str, left: str = "", arrays: bool = False) -> str | None:
    """What a report says was understood, as MathML; None where it cannot be read again."""
    words = re.findall(r"[^\W\d]\w*(?!\w*\()", understood)
    names = {word for word in words if word not in KEYWORDS and word not in CONSTANTS}
    try:
        return typeset(read(understood, names, arrays=arrays), left, arrays)
    except ExpressionError:
        return None


def _with_products(tree: Expression) -> Expression:
    """The products that are no matrix products as `entrywise` ones, but for those with a number in front."""
    match tree:
        case Apply("multiply", (Number() | Apply("divide", (Number(), _)) as number, other)):
            return Apply("matmul", (number, _with_products(other)))
        case Apply(gate, arguments, options):
            gate = "entrywise" if gate == "multiply" else gate
            return Apply(gate, tuple(map(_with_products, arguments)), options)
    return tree


def _set(tree: Expression, within: int = 0) -> str:
    """The tree, in brackets where it binds less than `within`."""
    match tree:
        case Number(value):
            level = _FIRM if value >= 0 and value.denominator == 1 else 1
            size = abs(value)
            text = f"<mn>{size.numerator}</mn>"
            if size.denominator != 1:
                text = f"<mfrac>{text}<mn>{size.denominator}</mn></mfrac>"
            text = text if value >= 0 else f"<mo>−</mo>{text}"
        case Name(name):
            level, text = _FIRM, _name(name)
        case Apply("divide", (above, below)):
            level, text = 3, f"<mfrac>{_row(_set(above))}{_row(_set(below))}</mfrac>"
        case Apply("power", (base, exponent)):
            level, text = 3, f"<msup>{_row(_set(base, _FIRM))}{_row(_set(exponent))}</msup>"
        case Apply("exp", (exponent,)):
            level, text = 3, f"<msup><mi>e</mi>{_row(_set(exponent))}</msup>"
        case Apply("sqrt", (inner,)):
            level, text = _FIRM, f"<msqrt>{_set(inner)}</msqrt>"
        case Apply("abs", (inner,)):
            level, text = _FIRM, f"<mrow><mo>|</mo>{_set(inner)}<mo>|</mo></mrow>"
        case Apply("negative", (inner,)):
            level, text = 1, f"<mo>−</mo>{_set(inner, 2)}"
        case Apply("where", (condition, one, other)):
            rows = ((one, _set(condition)), (other, "<mtext>else</mtext>"))
            cells = "".join(f"<mtr><mtd>{_set(value)}</mtd><mtd>{when}</mtd></mtr>" for value, when in rows)
            level, text = _FIRM, f"<mrow><mo>{{</mo><mtable>{cells}</mtable></mrow>"
        case Apply("greater" | "greater_equal" as sign, (left, right)) if within:
            # as a factor or a term a comparison is an indicator
            compared = f"{_set(left, 1)}<mo>{_SIGNS[sign]}</mo>{_set(right, 1)}"
            level, text = _FIRM, f"<msub><mn>1</mn><mrow>{compared}</mrow></msub>"
        case Apply("matmul", (left, right)):
            level, text = 3, f"{_set(left, 3)}<mo></mo>{_set(right, 3)}"
        case Apply(gate, (left, right)) if gate in _SIGNS:
            level = _LEVELS[gate]
            text = f"{_set(left, level)}<mo>{_SIGNS[gate]}</mo>{_set(right, level + 1)}"
        case Apply("transpose", (inner,)):
            level, text = 3, f'<msup>{_row(_set(inner, _FIRM))}<mi mathvariant="normal">T</mi></msup>'
        case Apply("item", (inner,), (("index", index),)):
            place = "<mo>,</mo>".join(f"<mn>{i}</mn>" for i in index)
            level, text = _FIRM, f"<msub>{_row(_set(inner, _FIRM))}{_row(place)}</msub>"
        case Apply("sum" | "mean" | "largest" as over, (inner,), options):
            axis = "".join(f"<mtext>axis {value}</mtext>" for name, value in options if name == "axis")
            operator = {"sum": "<mo>∑</mo>", "mean": "<mi>mean</mi>", "largest": "<mi>max</mi>"}[over]
            level, text = _FIRM, (f"<msub>{operator}{axis}</msub>" if axis else operator) + _bracketed(_set(inner))
        case Apply("concatenate", parts) if all(isinstance(p, Apply) and p.gate == "reshape" for p in parts):
            inside = "<mo>,</mo>".join(_set(p.arguments[0]) for p in parts)  # type: ignore[union-attr] # reshapes
            level, text = _FIRM, f"<mrow><mo>[</mo>{inside}<mo>]</mo></mrow>"
        case Apply(gate, arguments):
            inside = "<mo>,</mo>".join(_set(a) for a in arguments)
            level, text = _FIRM, f"<mi>{escape(_CALLED.get(gate, gate))}</mi>{_bracketed(inside)}"
    return _bracketed(text) if level < within else text


def _bracketed(text: str) -> str:
    return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>"


def _row(text: str) -> str:
    return f"<mrow>{text}</mrow>"


def _name(name: str) -> str:
    """`w_1` and `w1` with a subscript, `alpha` as the letter."""
    match = re.fullmatch(r"([^\W\d_]+)_?(\d+)", name) or re.fullmatch(r"([^\W_]+)_(\w+)", name)
    base, below = match.groups() if match else (name, "")
    letter = f"<mi>{escape(_GREEK.get(base, base))}</mi>"
    return f"<msub>{letter}<mi>{escape(below)}</mi></msub>" if below else letter
