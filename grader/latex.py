"""The LaTeX that students write for a derivative, as the notation that `grader.notation` reads.

A small translation of the macros below, and of nothing else: SymPy's own grammar for LaTeX (Lark) was measured at
10 to 400 ms an expression, refuses \\sigma(x), \\tanh^2(x) and \\mathbb{1}(x > y), and returns an ambiguous tree for
x(y - z). What is translated here still has to pass the one checked parser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from grader.expressions import ExpressionError

_SPACES = frozenset(("\\left", "\\right", "\\,", "\\;", "\\:", "\\!", "\\ ", "\\quad", "\\qquad", "~", "$", "\\limits",
                     "\\displaystyle", "\\big", "\\Big", "\\bigl", "\\bigr", "\\Bigl", "\\Bigr",
                     "\\middle"))  # fmt: skip
_SIGNS = {"\\cdot": "*", "\\times": "*", "\\ast": "*", "\\div": "/", "\\gt": ">", "\\lt": "<", "\\ge": ">=",
          "\\geq": ">=", "\\geqslant": ">=", "\\le": "<=", "\\leq": "<=", "\\leqslant": "<=", "\\partial": "d",
          "\\lbrack": "[", "\\rbrack": "]", "\\{": "(", "\\}": ")", "\\lvert": "|", "\\rvert": "|",
          "\\vert": "|", "\\prime": "'", "\\pi": " pi ", "\\odot": "*", "\\circ": "*",
          "\\top": "T", "\\intercal": "T"}  # fmt: skip
_FUNCTIONS = frozenset(("exp", "log", "ln", "sin", "cos", "tan", "tanh", "sinh", "cosh", "max", "min", "sigma", "sgn"))
_GREEK = frozenset((
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho tau phi chi psi omega "
    "varepsilon vartheta varphi Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
).split())  # fmt: skip
_UPRIGHT = frozenset(("\\mathrm", "\\operatorname", "\\text", "\\mathit", "\\mathbf", "\\boldsymbol", "\\mathbb",
                      "\\mathsf", "\\textrm", "\\textbf", "\\mathds"))  # fmt: skip
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[^\W\d_]+\d*|\s+|.", re.DOTALL)

_LAYER_OR_TRANSPOSE = re.compile(r"\s*(?:\[\s*(\w+)\s*\])?\s*\^?\s*(T?)\s*")
"""What stands above in `W^{[2]}`, `X^T` and `W^{[2]T}`."""


def from_latex(text: str, names: Set[str], arrays: bool = False) -> str:
    """`text` with its macros translated; as it is where it holds none. `arrays` as for `notation.read`. Raises
    ExpressionError."""
    if "\\" not in text and "{" not in text:
        return text
    return _Translation(names, arrays).of(_TOKEN.findall(text))


class _Translation:
    def __init__(self, names: Set[str], arrays: bool) -> None:
        self.names, self.arrays = names, arrays

    def of(self, tokens: Sequence[str]) -> str:
        """The tokens in the plain notation."""
        written: list[str] = []
        i = 0
        while i < len(tokens):
            text, i = self.one(tokens, i)
            if text.startswith("_") and written:  # of \mathbf{W}_1, too
                written[-1] = written[-1].rstrip()
            written.append(text)
        return "".join(written)

    def one(self, tokens: Sequence[str], i: int) -> tuple[str, int]:
        """What stands at `i`, translated, and where the next begins."""
        token = tokens[i]
        if token in ("\\left", "\\right") and tokens[i + 1 : i + 2] in (["["], ["]"]):
            return ("(" if tokens[i + 1] == "[" else ")"), i + 2
        if token in _SPACES:
            return " ", i + 1
        if self.arrays and token in ("\\cdot", "\\times"):
            return "@", i + 1
        if token in _SIGNS:
            return _SIGNS[token], i + 1
        if token in ("\\frac", "\\dfrac", "\\tfrac", "\\cfrac"):
            numerator, i = self.argument(tokens, i + 1)
            denominator, i = self.argument(tokens, i)
            return f"(({numerator})/({denominator}))", i
        if token == "\\sqrt":
            degree = "2"
            if tokens[i + 1 : i + 2] == ["["] and "]" in tokens[i:]:
                closing = tokens.index("]", i)
                degree, i = self.of(tokens[i + 2 : closing]), closing
            inside, i = self.argument(tokens, i + 1)
            return (f" sqrt({inside})" if degree == "2" else f"(({inside})**(1/({degree})))"), i
        if token in _UPRIGHT:
            inside, i = self.argument(tokens, i + 1)
            return self.indicator(tokens, i) if inside.strip() == "1" else (f" {inside} ", i)
        if token == "{":
            inside, i = self.argument(tokens, i)
            return f"({inside})", i
        if token == "^" and self.arrays and (after := self.behind_transpose(tokens[i + 1 : i + 2])):
            return f"^T {after}", i + 2
        if token == "^":
            inside, i = self.argument(tokens, i + 1)
            above = _LAYER_OR_TRANSPOSE.fullmatch(inside) if self.arrays else None
            if above and any(above.groups()):
                layer, turned = above.groups()
                return (f"^[{layer}]" if layer else "") + ("^T " if turned else " "), i
            prime = inside.strip() == "'"
            return ("'" if prime else f"^({inside})" if not inside.strip().isdigit() else f"^{inside.strip()} "), i
        if token == "_":
            inside, i = self.argument(tokens, i + 1)
            return f"_{inside.strip()}", i
        if token.startswith("\\"):
            return self.letter(token[1:]), i + 1
        return token, i + 1

    def behind_transpose(self, tokens: Sequence[str]) -> str:
        """`X` of `w^TX`, where no name begins so: TeX, too, raises the first letter only."""
        word = next(iter(tokens), "")
        return word[1:] if word.startswith("T") and not any(name.startswith(word) for name in self.names) else ""

    def letter(self, macro: str) -> str:
        """A function or a Greek letter. `\\sigma` is a name where the exercise has one."""
        if macro in _FUNCTIONS or macro in self.names or macro in _GREEK:
            return f" {macro.removeprefix('var')}" if macro.removeprefix("var") in self.names else f" {macro}"
        raise ExpressionError("unknown_macro", name=f"\\{macro}"[:60])

    def indicator(self, tokens: Sequence[str], i: int) -> tuple[str, int]:
        """`\\mathbb{1}` with its condition in brackets of any kind, or as a subscript."""
        if tokens[i : i + 1] == ["_"]:
            inside, i = self.argument(tokens, i + 1)
            return f" 1({inside})", i
        while i < len(tokens) and (tokens[i] in _SPACES or tokens[i].isspace()):
            i += 1
        if tokens[i : i + 1] == ["["] and "]" in tokens[i:]:
            closing = tokens.index("]", i)
            return f" 1({self.of(tokens[i + 1 : closing])})", closing + 1
        return " 1", i

    def argument(self, tokens: Sequence[str], i: int) -> tuple[str, int]:
        """The group in braces, or the one token, at `i`."""
        while i < len(tokens) and tokens[i].isspace():
            i += 1
        if i >= len(tokens):
            raise ExpressionError("unfinished_macro")
        if tokens[i] != "{":
            return self.one(tokens, i)
        depth = 0
        for j in range(i, len(tokens)):
            depth += (tokens[j] == "{") - (tokens[j] == "}")
            if depth == 0:
                return self.of(tokens[i + 1 : j]), j + 1
        raise ExpressionError("unfinished_macro")
