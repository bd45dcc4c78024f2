"""No generated pair is judged wrong. `python -m tests.symbols` measures more of them."""

from collections import Counter

from grader import trial_set
from grader.symbolic import Different, Equal, judge_symbols
from tests.symbols.pairs import FUNCTIONS, exercises, pairs


def test_generated_pairs_are_judged_right_or_left_undecided() -> None:
    wrong, judged = [], Counter[str]()
    for pair in pairs(each=1, seed=2):
        outcome = judge_symbols(pair.exercise, pair.ask, pair.text, trial_set(pair.exercise, b"symbols", 0))
        judged[type(outcome).__name__] += 1
        if isinstance(outcome, Different if pair.equal else Equal):
            wrong.append((pair.exercise.name, pair.ask.name, pair.text))
    assert not wrong
    assert min(judged["Equal"], judged["Different"]) > 100
    assert judged.total() - judged["Equal"] - judged["Different"] <= 4


def test_all_scalar_exercises_and_thirty_further_functions_are_among_them() -> None:
    assert len(set(FUNCTIONS)) >= 30
    assert {"staged-fraction", "maximum"} <= {exercise.name for exercise in exercises()}
