"""Texts that break whoever reads them."""

import json

from tests.attacks.attack import SHORT, Attack, fails, is_theirs


def notebook(*cells: object) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells], "nbformat": 4})


_UNREADABLE = fails("not_runnable", "crashed", "out_of_memory")

SOURCES = [
    Attack("has 100 000 minus signs", "dx = " + "-" * 100_000 + "1", _UNREADABLE),
    Attack("has 100 000 brackets", "dx = " + "(" * 100_000 + "1" + ")" * 100_000, _UNREADABLE),
    Attack("has 50 000 attributes", "dx = x" + ".a" * 50_000, _UNREADABLE),
    Attack("has 50 000 terms", "dx = " + "+".join("x" * 50_000), _UNREADABLE),
    Attack("has 10 000 comparisons", "dx = " + "<".join("x" * 10_000), is_theirs),
    Attack("has 20 000 nested lambdas", "dx = " + "lambda: " * 20_000 + "1", _UNREADABLE),
    Attack("has 20 000 nested strings with expressions", "dx = " + "f'{" * 150 + "1" + "}'" * 150, _UNREADABLE),
    Attack("has 100 blocks in each other",
           "".join(" " * n + "if x:\n" for n in range(101)) + " " * 101 + "dx = 1", fails("not_runnable")),
    Attack("has an int of 5000 digits", "dx = " + "9" * 5000, fails("not_runnable")),
    Attack("has an int of 100 000 hexadecimal digits", "dx = 0x" + "f" * 100_000, is_theirs),
    Attack("has a power that the compiler works out", "dx = 10 ** 10 ** 10", fails("timed_out", "out_of_memory"), SHORT),
    Attack("has a string that the compiler multiplies", "dx = 'x' * 10 ** 10", fails("out_of_memory")),
    Attack("has a tuple that the compiler multiplies", "dx = ((((1,) * 255) * 255) * 255) * 255 * 255", fails("out_of_memory")),
    Attack("has a NUL", "dx = 1\0", fails("not_runnable")),
    Attack("has half a character", "dx = '\ud800'", fails("not_runnable")),
    Attack("has another encoding", "# coding: utf-7\ndx = 1 +AF8-", is_theirs),
    Attack("has 30 000 names", "\n".join(f"a{n} = {n}" for n in range(30_000)) + "\ndx = 6", is_theirs),
    Attack("has a pattern that never ends", "match x:\n    case " + "|".join(["1"] * 5000) + ": dx = 1", is_theirs),
]  # fmt: skip
NOTEBOOKS = [
    Attack("is no JSON", '{"cells": [', fails("not_runnable"), notebook=True),
    Attack("is a list", "[]", fails("not_runnable"), notebook=True),
    Attack("is 100 000 lists in each other", '{"cells":' + "[" * 100_000, fails("not_runnable"), notebook=True),
    Attack("has cells that are no cells", '{"cells": [1, null, "x"]}', fails("not_runnable"), notebook=True),
    Attack("has a cell of numbers", notebook([1, 2, 3]), fails("not_runnable"), notebook=True),
    Attack("has a cell of 200 000 lines", notebook(["\n"] * 200_000 + ["dx = 6"]), is_theirs, notebook=True),
    Attack("has 3 000 cells", notebook(*["a = 1"] * 3_000, "dx = 6"), is_theirs, notebook=True),
    Attack("has a number of 10 000 digits", '{"cells": ' + "9" * 10_000 + "}", fails("not_runnable"), notebook=True),
    Attack("has 20 000 magics", notebook("%a\n" * 20_000 + "dx = 6"), is_theirs, notebook=True),
    Attack("has a magic that is hard to match", notebook("%time " + "a" * 50_000 + "\ndx = = 6"), fails("not_runnable"), notebook=True),
    Attack("has a shell command that is hard to match", notebook("a, " * 20_000 + "\ndx = = 6\n!ls"), fails("not_runnable"), notebook=True),
    Attack("has half characters", '{"cells": [{"cell_type": "code", "source": "dx = \'\\ud800\'"}]}', is_theirs, notebook=True),
]  # fmt: skip

ATTACKS = [*SOURCES, *NOTEBOOKS]
