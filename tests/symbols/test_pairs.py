"""No generated pair is judged wrong. `python -m tests.symbols` measures more of them."""

from collections import Counter

from grader import trial_set
from grader.grade_symbols import judge_arrays
from grader.lines import read_lines
from grader.symbolic import Different, Equal, judge_symbols
from tests.symbols.network_pairs import network_pairs
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


def test_generated_answers_of_arrays_are_judged_right() -> None:
    wrong, seen = [], Counter[bool]()
    for pair in network_pairs(each=1, seed=4):
        lines = read_lines(pair.exercise, {pair.ask.name: pair.text})
        judged = judge_arrays(pair.exercise, lines, trial_set(pair.exercise, b"symbols", 0))
        (found,) = (one for one in judged if one.ask == pair.ask)
        seen[pair.equal] += 1
        if found.right is not pair.equal:
            wrong.append((pair.exercise.name, pair.ask.name, pair.text))
    assert not wrong
    assert min(seen.values()) > 80


def test_all_scalar_exercises_and_thirty_further_functions_are_among_them() -> None:
    assert len(set(FUNCTIONS)) >= 30
    assert {"staged-fraction", "maximum"} <= {exercise.name for exercise in exercises()}
