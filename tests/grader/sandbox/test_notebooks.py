"""Jupyter notebooks: code cells in order, cell magics dropped, lines told by cell."""

import json
from typing import Any

import pytest

from grader.sandbox import Sandbox
from tests.grader.sandbox.jobs import failed, finished, first, number, script


def notebook(*cells: str | list[str], kinds: str = "") -> str:
    kind = {"c": "code", "m": "markdown"}
    made = [
        {"cell_type": kind[letter], "source": cell, "metadata": {}}
        for cell, letter in zip(cells, kinds or "c" * len(cells), strict=True)
    ]
    return json.dumps({"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


def run(sandbox: Sandbox, source: str) -> Any:
    return sandbox.run(script(source, notebook=True))


def test_code_cells_run_in_order_and_others_do_not(sandbox: Sandbox) -> None:
    source = notebook("q = 2", "# A *title*: not Python", ["q = q *", " x\n", "dx = q"], kinds="cmc")
    assert number(first(run(sandbox, source)).candidates["dx"]) == 6.0


@pytest.mark.parametrize(
    "cell",
    [
        "%matplotlib inline\ndx = 2 * x",
        "!pip install numpy\ndx = 2 * x",
        "if x > 0:\n    %time f()\ndx = 2 * x",
        "?print\ndx = 2 * x",
        "dx = 2 * x\n%timeit dx",
        "dx = 7 * x \\\n% (5 * x) + x - 6 + x",
        "s = '''\n%d\n''' % 3\ndx = 2 * x",
    ],
)
def test_lines_of_magic_are_dropped_and_python_is_not(sandbox: Sandbox, cell: str) -> None:
    assert number(first(run(sandbox, notebook(cell))).candidates["dx"]) == 6.0


def test_a_cell_of_another_language_is_dropped_whole(sandbox: Sandbox) -> None:
    source = notebook("%%bash\nrm -rf /", "  %%html\n<b>", "dx = 2 * x")
    assert number(first(run(sandbox, source)).candidates["dx"]) == 6.0


def test_a_syntax_error_is_told_by_cell_and_line(sandbox: Sandbox) -> None:
    outcome = failed(run(sandbox, notebook("y = 1", "text", "%matplotlib inline\ny = = 2", kinds="cmc")))
    assert (outcome.status, outcome.code, outcome.line) == ("not_runnable", "syntax_error_in_cell", 2)
    assert outcome.parameters == {"reason": "invalid syntax", "text": "y = = 2", "cell": 2}


def test_an_exception_is_told_by_cell_and_line(sandbox: Sandbox) -> None:
    answers = first(run(sandbox, notebook("%matplotlib inline\ndef f():\n    return boom", "dx = 1\nf()")))
    assert answers.raised is not None
    assert answers.raised.line == 3
    assert 'File "code cell 2", line 2' in answers.raised.traceback
    assert 'File "code cell 1", line 3, in f\n    return boom' in answers.raised.traceback
    assert answers.notes == (("raised_in_cell", {"cell": 1}),)


def test_an_input_may_not_be_set_in_any_cell(sandbox: Sandbox) -> None:
    outcome = finished(run(sandbox, notebook("x = -2", "x = 5\ndx = 2 * x")))
    assert number(outcome.answers[0].candidates["dx"]) == 6.0
    assert outcome.notes == (("input_assignment_skipped", {"names": ["x"]}),)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("not json", "notebook_not_understood"),
        ("[]", "notebook_not_understood"),
        ("3", "notebook_not_understood"),
        ("{}", "notebook_not_understood"),
        ('{"cells": 3}', "notebook_not_understood"),
        ('{"cells": [3]}', "notebook_not_understood"),
        ('{"cells": [{"cell_type": "code"}]}', "notebook_not_understood"),
        ('{"cells": [{"cell_type": "code", "source": [3]}]}', "notebook_not_understood"),
        ('{"cells": [{"cell_type": "code", "source": {}}]}', "notebook_without_code"),
        ('{"cells": ' + "9" * 5000 + "}", "notebook_not_understood"),
        ('{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}", "source_too_deep"),
        ("[" * 100_000, "source_too_deep"),
        ('{"a":' * 100_000, "source_too_deep"),
        (notebook(), "notebook_without_code"),
        (notebook("dx = 1", kinds="m"), "notebook_without_code"),
        (notebook("", "  \n"), "notebook_without_code"),
        (notebook("dx = " + "(" * 10_000), "syntax_error_in_cell"),
    ],
    ids=lambda value: value[:40],
)
def test_what_is_no_notebook_is_told_as_such(sandbox: Sandbox, source: str, code: str) -> None:
    outcome = failed(run(sandbox, source))
    assert (outcome.status, outcome.code) == ("not_runnable", code)


@pytest.mark.parametrize(
    "cell",
    [
        "%%time\ndfdx = 2 * x",
        "%%capture output\n\ndfdx = 2 * x",
        "%time dfdx = 2 * x",
        "files = !ls\ndfdx = 2 * x",
        "np.dot?\ndfdx = 2 * x",
        "!pip install \\\n  something\ndfdx = 2 * x",
    ],
)
def test_magics_of_all_kinds_leave_the_code_beside_them(sandbox: Sandbox, cell: str) -> None:
    document = json.dumps({"cells": [{"cell_type": "code", "source": cell}]})
    assert number(first(sandbox.run(script(document, notebook=True))).candidates["dx"]) == 6.0
