"""What was understood, as MathML: well formed, escaped, and with the brackets that are needed."""

import re
from xml.etree import ElementTree

import pytest

from grader.expressions import Name, written_out
from grader.notation import read
from grader.typeset import typeset, typeset_again
from tests.grader.test_notation import LEFT, NAMES, READ

TOLD = {  # the text in the order in which it stands
    "2x": "2·x", "x(y - z)": "x·(y−z)", "x - (y - z)": "x−(y−z)", "-(x + y)": "−(x+y)", "(x + y)^2": "(x+y)2",
    "e^x": "ex", "exp(-x)": "e−x", "x/(1 + y)": "x1+y", "1/2x": "12·x", "sigmoid(x)": "σ(x)", "-2x": "(−2)·x",
    "x*(-2)": "x·(−2)", "y 1(x > z)": "y·1x>z", "x > y": "x>y", "w0 x": "w0·x", "alpha": "α",
    "max(x, y)": "max(x,y)", "where(x > y, 1, 0)": "{1x>y0else", "sqrt(x + 1)": "x+1", "abs(x)^2": "|x|2",
}  # fmt: skip


@pytest.mark.parametrize("text", TOLD)
def test_a_tree_is_set_with_the_brackets_that_it_needs(text: str) -> None:
    assert "".join(ElementTree.fromstring(typeset(read(text, NAMES))).itertext()) == TOLD[text]


@pytest.mark.parametrize("text", READ)
def test_every_answer_that_is_understood_can_be_set_and_set_again_from_its_report(text: str) -> None:
    understood = written_out(read(text, NAMES, LEFT))
    again = typeset_again(understood, "dx")
    assert again == typeset(read(understood, NAMES), "dx")
    assert again is not None
    ElementTree.fromstring(again)


def test_a_name_cannot_carry_markup() -> None:
    set_ = typeset(Name("<script>"), left="<script>alert(1)</script>")
    assert not re.search("<script", set_)
    assert typeset_again("<b>") is None
