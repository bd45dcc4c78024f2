"""How formulas are set."""

from __future__ import annotations

import pytest

from grader import Exercise, Gradient, catalogue
from service.pages.presentation import asked_formula, set_forward


@pytest.mark.parametrize("exercise", catalogue().values(), ids=lambda e: e.name)
def test_every_forward_pass_and_asked_gradient_is_typeset(exercise: Exercise) -> None:
    lines = set_forward(exercise.forward)
    assert lines is not None
    assert len(lines) == len(exercise.forward.strip().splitlines())
    for ask in exercise.asks:
        if isinstance(ask, Gradient):
            assert asked_formula(ask.of, ask.wrt).count("<math") == 1


def test_what_cannot_be_typeset_is_shown_as_it_is_and_escaped() -> None:
    assert asked_formula("<b>", "W") == "<code>∂ &lt;b&gt; / ∂ W</code>"
    assert set_forward("f = import(x)\n") is None
