"""What students write on paper, as Python's notation: `^`, implied multiplication, `dx =` on the left, `np.`, Greek
letters and subscripts, full-width signs. LaTeX is translated to this notation first (`grader.latex`). Of arrays, what
stands side by side is a matrix product, and `X^T` and `Z^{[1]}` are a transpose and a name.

Only tokens are rearranged here; whether they mean anything is decided by the one checked parser
(`grader.expressions`), so that nothing passes here that would not pass there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from grader.expressions import FUNCTION_NAMES, Expression, ExpressionError, bound, parse
from grader.latex import from_latex

CONSTANTS = ("e", "pi")
FUNCTIONS = {
    "step": "Heaviside", "sgn": "sign", "logistic": "sigmoid", "expit": "sigmoid", "sigma": "sigmoid",
    "fabs": "abs", "absolute": "abs", "fmax": "maximum", "fmin": "minimum", "ReLU": "relu", "heaviside": "Heaviside",
}  # fmt: skip
COMPOSED = {  # functions that are several gates
    "sinh": "(exp(x) - exp(-x))/2", "cosh": "(exp(x) + exp(-x))/2", "sech": "2/(exp(x) + exp(-x))",
    "tan": "sin(x)/cos(x)", "sign": "(x > 0) - (x < 0)", "square": "x**2", "log1p": "log(1 + x)",
    "expm1": "exp(x) - 1", "log2": "log(x)/log(2)", "log10": "log(x)/log(10)",
}  # fmt: skip
ARRAY_FUNCTIONS = {  # functions of NumPy that are one gate
    **{name: name for name in ("matmul", "multiply", "divide", "subtract", "add", "power", "negative")},
    "dot": "matmul", "amax": "max", "array": "array", "eye": "eye",
}  # fmt: skip
SCALAR_FUNCTIONS = {  # and those of them that are used of numbers
    **{name: name for name in ("multiply", "divide", "subtract", "add", "power", "negative")}, "pow": "power",
}  # fmt: skip
CALLED = FUNCTION_NAMES | FUNCTIONS.keys() | COMPOSED.keys() | {"Piecewise"}
MODULES = ("np", "numpy", "math", "sp", "sympy")
KEYWORDS = frozenset(("if", "else", "and", "or", "not", "in", "is", "for", "lambda", "True", "False", "None"))

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SIGNS = str.maketrans({"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∗": "*", "÷": "/", "≥": ">=", "≤": "<=",
                        "∂": "d", "π": " pi ", "′": "'", "’": "'", "σ": " sigma ",
                        "∘": "*", "⊙": "*", "ᵀ": "^T ", "⊤": "T"})  # fmt: skip
_PRODUCTS = str.maketrans("·×⋅", "@@@")
"""Signs that stand between matrices for their product, between numbers for theirs."""
_TOKEN = re.compile(
    r"\s+|[^\W\d]\w*'*|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?|\*\*|//|[<>=!]=|:=|.", re.DOTALL
)
_DELIMITED = re.compile(r"\s*(?:\$\$?(?P<tex>[^$]*)\$\$?|\\\((?P<inline>.*)\\\)|\\\[(?P<display>.*)\\\])\s*", re.DOTALL)
_OPENING = frozenset(("(", "[", "+", "-", "*", "/", "@", "**", "^", "<", ">", "<=", ">=", "==", "!=", ",", "="))
_DERIVATIVE = r"d\s*[^\W\d]\w*"
_QUOTIENT = re.compile(
    rf"(?P<open>\(\s*)?\b(?P<of>{_DERIVATIVE})\s*(?(open)\)\s*)/\s*(?P<below>\(\s*)?(?P<by>{_DERIVATIVE})(?(below)\s*\))"
)
_LEFT_SIDE = re.compile(r"\s*([^=<>!:,]{1,80}?)\s*=(?!=)(.*)", re.DOTALL)


def read(
    text: str, names: Iterable[str], left_sides: Iterable[str] = (), arrays: bool = False,
    functions: Mapping[str, str] | None = None, quotients: Mapping[str, str] | None = None,
) -> Expression:  # fmt: skip
    """The checked tree of what a student wrote over `names`; `left_sides` may stand before an equals sign, `functions`
    gives functions further names, `quotients` those of `df/dx`, as `bare` spells it. Where names are `arrays`, the
    product that is implied is the gate `matmul`.

    Raises ExpressionError, in time and memory bounded as those of `expressions.parse`.
    """
    bound(text)
    if match := _DELIMITED.fullmatch(text):
        text = match[match.lastgroup or 0]
    known = frozenset(names)
    text = text.translate(_PRODUCTS) if arrays else text
    text = from_latex(_plain_characters(text, known), known, arrays)
    if (match := _LEFT_SIDE.fullmatch(text)) and match[1].count("(") == match[1].count(")"):
        left, right = match.groups()
        if bare(left) not in map(bare, left_sides):
            raise ExpressionError("left_side", left=left[:60], expected=", ".join(dict.fromkeys(left_sides)))
        text = right
    text = _QUOTIENT.sub(lambda found: _answer_named(found, known, quotients or {}), text)
    if "#" in text:  # Python would take the rest for a comment
        raise ExpressionError("not_an_expression", text=text[:60], column=text.index("#") + 1)
    further = {**FUNCTIONS, **(ARRAY_FUNCTIONS if arrays else SCALAR_FUNCTIONS), **(functions or {})}
    speller = _speller(known, frozenset(CALLED | (further.keys() - known)), arrays)
    spelled = speller.spelled(_tokens(text))
    constants = set(CONSTANTS) - known
    return parse(" ".join(spelled), known, functions=further, composed=COMPOSED, constants=constants)


def _plain_characters(text: str, names: frozenset[str]) -> str:
    """Full-width and mathematical letters, digits and signs as plain ones; raised digits as powers."""
    signs = {sign: plain for sign, plain in _SIGNS.items() if chr(sign) not in names}
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda raised: f"^{raised[0].translate(_SUPERSCRIPTS)} ", text)
    text = re.sub(r"⁻\^(\d+)", r"^(-\1)", text)
    return unicodedata.normalize("NFKC", text.translate(signs)).translate(signs)


def _answer_named(found: re.Match[str], known: frozenset[str], quotients: Mapping[str, str]) -> str:
    """`df/dx` as the answer that it is; as it is where it is none."""
    name = quotients.get(bare(found["of"] + found["by"]))
    return found[0] if name is None or found["of"] in known else f" {name} "


def _tokens(text: str) -> list[str]:
    return [token for match in _TOKEN.finditer(text) if not (token := match[0]).isspace()]


@lru_cache(maxsize=4096)
def bare(name: str) -> str:
    """A name without what tells nothing apart: `w_{1}`, `w₁`, `w1` and `w_1` are one, as are `df/dx` and `dfdx`, and
    `α` and `alpha`."""
    name = re.sub("[α-ωΑ-Ω]", lambda letter: unicodedata.name(letter[0]).rpartition(" ")[2].lower(), name)
    return re.sub(r"[\s_{}()/\\^\[\]]", "", name.replace("'", "prime").replace("∂", "d"))


class _Speller:
    """Spells out what is only implied, over the names of an exercise."""

    def __init__(self, names: frozenset[str], called: frozenset[str], arrays: bool) -> None:
        self.names, self.called, self.arrays = names, called, arrays
        spellings: dict[str, list[str]] = {}
        for name in sorted(names):
            spellings.setdefault(bare(name), []).append(name)
        self.by_bare: Mapping[str, str] = {key: same[0] for key, same in spellings.items() if len(same) == 1}

    def spelled(self, tokens: list[str]) -> list[str]:
        """The tokens in Python's notation."""
        tokens = self._without_modules(tokens)
        tokens = list(self._of_arrays(tokens)) if self.arrays else _round_brackets(tokens)
        tokens = _absolutes(tokens)
        result: list[str] = []
        i = 0
        while i < len(tokens):
            token, after = tokens[i], tokens[i + 1 : i + 2]
            if token == "e" and token in self.names and _is_variable_power(tokens[i + 1 :]):
                result += [*self._sign(result, "exp"), *"exp ( 1 )".split()]
            elif token in self.called and (token not in self.names or after == ["("]):
                if after != ["("]:
                    tokens[i:] = self._with_brackets(token, tokens[i + 1 :])
                result += [*self._sign(result, token), token]
            elif token == "1" and after == ["("] and result[-1:] != ["**"]:
                result += self._sign(result, "(")  # the indicator 1(x > y) is what stands in the brackets
            else:
                first, *others = self._words(token)
                result += [*self._sign(result, first), first, *others]
            i += 1
        return result

    def _words(self, token: str) -> Sequence[str]:
        """The token as Python and the exercise spell it."""
        if token == "^" or (token == "E" and "E" not in self.names):
            return ["**" if token == "^" else "e"]
        if not _is_name(token) or token in KEYWORDS or token in self.names or token in CONSTANTS:
            return [token]
        if found := self.by_bare.get(bare(token)):
            return [found]
        if factors := self._factors(token):
            return " * ".join(factors).split()
        if token.endswith("'"):
            raise ExpressionError("unknown_name", name=token[:60], names=", ".join(sorted(self.names)))
        return [token]

    def _factors(self, token: str) -> Sequence[str]:
        """The letters of `xy` and of `w_0x_0` where each is a name: a product. So are a Greek letter and a name."""
        if "α" <= token[0] <= "ω" and (pair := [self.by_bare.get(bare(part)) for part in (token[0], token[1:])]):
            return [name for name in pair if name] if all(pair) else ()
        letters = re.findall(r"[^\W\d_](?:_?\d+)?", token)
        found = [self.by_bare.get(bare(letter)) for letter in letters]
        whole = "".join(letters) == token and len(token) <= 12
        return [name for name in found if name] if whole and all(found) else ()

    def _sign(self, before: Sequence[str], token: str) -> list[str]:
        """The sign of multiplication that is implied between what stands before and `token`."""
        if not before or token in KEYWORDS or before[-1] in KEYWORDS:
            return []
        last = before[-1]
        ended = (
            last.endswith((")", "]", ".T")) or last[-1].isdigit() or (_is_name(last) and not self._is_call(last, token))
        )
        begins = token.startswith("(") or _is_name(token)
        return ["@" if self.arrays else "*"] if ended and begins else []

    def _is_call(self, last: str, token: str) -> bool:
        """Whether the name `last` before `token` is called: a function, or a name that nobody knows, which the parser
        then refuses as a function."""
        known = last in self.names or last in CONSTANTS
        return token == "(" and (last in self.called or not known)

    def _with_brackets(self, function: str, rest: list[str]) -> list[str]:
        """`tanh^2(x)` as `tanh(x)**2`, `sin x` as `sin(x)`."""
        if rest[:1] in (["^"], ["**"]) and len(rest) > 2 and rest[1].isdigit() and rest[2] == "(":
            closing = _closing(rest, 2)
            return [function, *rest[2 : closing + 1], "**", rest[1], *rest[closing + 1 :]]
        if rest and (_is_name(rest[0]) or rest[0][0].isdigit()) and rest[0] not in self.called | KEYWORDS:
            following = rest[1] if len(rest) > 1 else ""
            if not (_is_name(following) or following[:1].isdigit() or following in ("(", "^", "**")):
                return [function, "(", rest[0], ")", *rest[1:]]
        raise ExpressionError("function_without_brackets", name=function)

    def _without_modules(self, tokens: Sequence[str]) -> list[str]:
        """`np.exp` as `exp`: the module before the dot of a function or constant that can be used."""
        dropped = {
            j
            for i, (one, dot) in enumerate(pairwise(tokens))
            if one in MODULES
            and dot == "."
            and tokens[i + 2 : i + 3]
            and tokens[i + 2] in self.called | {"e", "pi", "E"}
            for j in (i, i + 1)
        }
        return [token for i, token in enumerate(tokens) if i not in dropped]

    def _of_arrays(self, tokens: list[str]) -> Iterator[str]:
        """`X^T`, `X^(T)` and `X.T` with the one token `.T`, and `Z^[1]` as `Z_1`."""
        i = 0
        while i < len(tokens):
            rest = tokens[i : i + 5]
            if rest[:2] in (["^", "T"], [".", "T"]):
                yield ".T"
                i += 2
            elif rest[:1] == ["^"] and rest[1:] and rest[1] not in self.names and self.by_bare.get(rest[1][1:]):
                yield from (".T", rest[1][1:])  # of X^TY
                i += 2
            elif rest[:4] == ["^", "(", "T", ")"]:
                yield ".T"
                i += 4
            elif rest[1:3] == ["^", "["] and rest[4:] == ["]"] and rest[3].isalnum() and _is_name(rest[0]):
                yield f"{rest[0]}_{rest[3]}"
                i += 5
            else:
                yield tokens[i]
                i += 1


_speller = lru_cache(maxsize=512)(_Speller)


def _is_variable_power(rest: Sequence[str]) -> bool:
    """Whether these tokens begin with a power of something that is not a number: nobody takes such a power of a step
    that is called e, but of Euler's number."""
    if rest[:1] not in (["^"], ["**"]):
        return False
    first = 2 if rest[1:2] in (["-"], ["+"]) else 1
    last = _closing(rest, first) if rest[first : first + 1] == ["("] else first
    return any(map(_is_name, rest[first : last + 1]))


def _round_brackets(tokens: list[str]) -> list[str]:
    """Square brackets that group, as in `[x > y]` or `2[x + 1]`, as round ones; those of `w[0]` as they are."""
    written, indexed = list(tokens), []
    for i, token in enumerate(tokens):
        if token == "[":
            indexed.append(i > 0 and (_is_name(tokens[i - 1]) or tokens[i - 1] in (")", "]")))
        if token in ("[", "]") and indexed:
            indexing = indexed[-1] if token == "[" else indexed.pop()
            written[i] = token if indexing else "(" if token == "[" else ")"
    return written


def _absolutes(tokens: list[str]) -> list[str]:
    """`|x|` as `abs(x)`; as it is where the bars are no pairs."""
    written: list[str] = []
    opened = 0
    for i, token in enumerate(tokens):
        if token != "|":
            written.append(token)
        elif not opened or tokens[i - 1] in _OPENING:
            written += ["abs", "("]
            opened += 1
        else:
            written.append(")")
            opened -= 1
    return tokens if opened else written


def _is_name(token: str) -> bool:
    return token.rstrip("'").isidentifier()


def _closing(tokens: Sequence[str], opening: int) -> int:
    """Where the bracket at `opening` is closed; the last token where it is not."""
    depth = 0
    for i in range(opening, len(tokens)):
        depth += (tokens[i] == "(") - (tokens[i] == ")")
        if depth == 0:
            return i
    return len(tokens) - 1
