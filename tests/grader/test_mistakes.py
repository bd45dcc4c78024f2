"""Every generated mistake is recognised, alone and beside another one, and no right answer is called one."""

from __future__ import annotations

import numpy as np
import pytest

from grader import catalogue, read_exercise, trial_set
from grader.exercise import Gradient, Value
from grader.mistakes import mistakes_of, predict
from grader.mistakes.separation import groups
from tests.recall import table

WITH_MISTAKES = [name for name, exercise in catalogue().items() if mistakes_of(exercise)]


@pytest.mark.parametrize("name", WITH_MISTAKES)
def test_mistakes_of_an_exercise_are_named_and_the_rest_follows_from_them(name: str) -> None:
    """A seeded sample of what `python -m tests.recall` tries whole."""
    exercise = catalogue()[name]
    generator = np.random.default_rng(4)
    tried = 0
    for _ in range(200):
        interface = exercise.interfaces[int(generator.integers(len(exercise.interfaces)))]
        mistake = mistakes_of(exercise)[int(generator.integers(len(mistakes_of(exercise))))]
        wrong = table.spoilt(exercise, interface, mistake)
        if not wrong:
            continue
        explained = table.explained(exercise, interface, [mistake])
        named = "all_zero" if table.nothing_comes_back(exercise, wrong, mistake) else mistake.code
        assert named in table.codes(explained), mistake.key
        assert set(wrong) == set(explained), mistake.key
        tried += 1
        if tried == 12:
            return
    assert tried


def test_a_second_mistake_further_down_is_named_too() -> None:
    exercise = catalogue()["two-layer"]
    chosen = {(m.code, m.at): m for m in mistakes_of(exercise)}
    pair = [chosen["sign", "dZ2"], chosen["activation_derivative_missing", "A1"]]
    explained = table.explained(exercise, exercise.interfaces[0], pair)
    assert [f.code for f in explained["dW2"].findings] == ["sign"]
    assert explained["db2"].follows_from == "dW2"
    assert [f.code for f in explained["dW1"].findings] == ["activation_derivative_missing"]
    assert explained["db1"].follows_from == "dW1"


def test_a_slip_of_the_forward_pass_is_named_beside_one_of_the_backward_pass() -> None:
    exercise = catalogue()["two-layer-softmax"]
    chosen = {(m.code, m.at): m for m in mistakes_of(exercise)}
    pair = [chosen["term_missing", "hidden"], chosen["activation_derivative_missing", "hidden"]]
    backward = next(i for i in exercise.interfaces if i.name == "backward")
    explained = table.explained(exercise, backward, pair)
    told = {name: [f.code for f in one.findings] or one.follows_from for name, one in explained.items()}
    assert told == {
        "dW2": ["term_missing"], "db2": "dW2", "dW1": ["activation_derivative_missing"], "db1": "dW1",
    }  # fmt: skip


@pytest.mark.parametrize("order", [1, -1])
def test_two_slips_of_the_forward_pass_are_both_made_whichever_comes_first(order: int) -> None:
    exercise = read_exercise(
        "name: own\ndimensions: {n: 3}\ninputs: {w: {shape: [n]}, b: {shape: [n]}, c: }\nforward: |\n"
        "  z = w * w + b\n  a = tanh(z)\n  f = sum(a) + c\ngradients:\n  z: {value: z}\n  f: {value: f}\n"
        "  dw: {of: f, wrt: w}\n"
    )
    chosen = {m.parameters.get("term"): m for m in mistakes_of(exercise) if m.code == "term_missing"}
    pair = [chosen["b"], chosen["c"]][::order]
    trial = trial_set(exercise, b"test", 0).trials[1]
    w = trial.values["w"]
    for name, value in (("z", w * w), ("f", np.sum(np.tanh(w * w)))):
        ask = exercise.ask(name)
        assert isinstance(ask, Value)
        found = predict(exercise, ask, trial, pair)
        assert found is not None
        assert np.allclose(found, value)
    explained = table.explained(exercise, exercise.interfaces[0], pair)
    told = {name: [f.parameters["term"] for f in one.findings] for name, one in explained.items()}
    assert told == {"z": ["b"], "f": ["c"], "dw": []}
    explained = table.explained(exercise, exercise.interfaces[0], [chosen["b"]])
    assert {name: one.follows_from for name, one in explained.items()} == {"z": None, "f": "z", "dw": "z"}


def test_a_mistake_that_is_first_seen_alone_further_down_is_taken_into_account_further_up() -> None:
    exercise = catalogue()["two-layer-softmax"]
    chosen = {(m.code, m.at, m.parameters.get("factor")): m for m in mistakes_of(exercise)}
    made = [
        chosen["penalty_factor", "dW2", "2"],
        chosen["penalty_factor", "dW1", "2"],
        chosen["activation_derivative_missing", "hidden", None],
    ]
    backward = next(i for i in exercise.interfaces if i.name == "backward")
    explained = table.explained(exercise, backward, made)
    told = {name: [(f.code, f.at) for f in one.findings] for name, one in explained.items()}
    assert told == {
        "dW2": [("penalty_factor", "dW2")],
        "dW1": [("penalty_factor", "dW1")],
        "db1": [("activation_derivative_missing", "hidden")],
    }


def test_an_answer_that_no_single_mistake_leads_to_is_not_given_a_name() -> None:
    exercise = catalogue()["two-layer"]
    interface = exercise.interfaces[0]
    generator = np.random.default_rng(5)
    judged = table.judged(exercise, interface, [])
    assert judged is not None
    for j in judged:
        for one in j.judgements:
            assert one.value is not None
            one.value.flat[:] = generator.normal(size=one.value.size)
    spoilt = table.rejudged(exercise, judged)
    assert not table.explain(exercise, table.points(exercise), spoilt)


def test_right_answers_have_no_explanation() -> None:
    for exercise in catalogue().values():
        for interface in exercise.interfaces:
            judged = table.judged(exercise, interface, [])
            assert judged is not None
            assert not table.explain(exercise, table.points(exercise), judged)


def test_zeros_upstream_earn_nothing_downstream() -> None:
    exercise = catalogue()["two-layer"]
    script = next(i for i in exercise.interfaces if i.name == "script")
    judged = table.judged(exercise, script, [])
    assert judged is not None
    for j in judged:
        for one in j.judgements:
            assert one.value is not None
            one.value.flat[:] = 0.0
    explained = table.explain(exercise, table.points(exercise), table.rejudged(exercise, judged))
    assert all(why.follows_from is None for why in explained.values())
    assert {name: [f.code for f in why.findings] for name, why in explained.items()} == {"dZ2": ["all_zero"]}


def test_a_teachers_new_exercise_has_its_mistakes_at_once() -> None:
    exercise = read_exercise(
        "name: new\ninputs: {x: , y: }\nforward: |\n  q = x * y\n  f = sin(q) + x\ngradients: [dx, dy]\n"
    )
    codes = {mistake.code for mistake in mistakes_of(exercise)}
    assert {"sign", "own_value", "path_dropped", "factor_dropped", "activation_derivative_at_wrong_value"} <= codes


def test_a_mistake_replaces_one_rule_and_leaves_what_it_does_not_reach() -> None:
    exercise = catalogue()["two-layer"]
    trial = trial_set(exercise, b"test", 0).trials[1]
    missing = next(m for m in mistakes_of(exercise) if m.key[:2] == ("activation_derivative_missing", "A1"))
    v = trial.values
    dz2 = v["A2"] - v["Y"]
    for name, right in (("dW2", True), ("db2", True), ("dW1", False), ("db1", False)):
        ask = exercise.ask(name)
        assert isinstance(ask, Gradient)
        found = predict(exercise, ask, trial, [missing])
        assert found is not None
        assert np.allclose(found, trial.expected[name].exact) == right
    ask = exercise.ask("dW1")
    assert isinstance(ask, Gradient)
    found = predict(exercise, ask, trial, [missing])
    assert found is not None
    assert np.allclose(found, v["W2"].T @ dz2 @ v["X"].T / trial.sizes["m"])


def test_mistakes_that_give_the_same_arrays_are_grouped_and_others_are_not() -> None:
    exercise = catalogue()["two-layer"]
    trials = [t for t in trial_set(exercise, b"test", 0) if not t.tied]
    together = [{mistake.key[:2] for mistake in group} for group in groups(exercise, trials)]
    assert any({("activation_derivative_twice", "A2"), ("other_loss", "dA2")} <= group for group in together)
    assert not any({("sign", "dZ2"), ("sign", "dZ1")} <= group for group in together)


@pytest.mark.parametrize("name", ["two-layer", "logistic-regression", "middle-layer", "staged-fraction", "svm-loss"])
def test_every_set_of_trials_tells_the_same_mistakes_apart(name: str) -> None:
    exercise = catalogue()[name]
    found = []
    for number in (0, 1, 2):
        trials = [t for t in trial_set(exercise, b"apart", number) if not t.tied]
        found.append({frozenset(mistake.key for mistake in group) for group in groups(exercise, trials)})
    assert found[0] == found[1] == found[2]
