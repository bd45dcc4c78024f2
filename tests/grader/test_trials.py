"""The points: reproducible, telling, and apart from each other where it matters."""

from itertools import combinations

import numpy as np
import pytest

from grader import TRIAL_SETS, catalogue, draw_variant, read_exercise, trial_set, worked_example
from grader.trials import KINK_DISTANCE, SMALLEST, TrialError, WitnessError

TWO_LAYER = catalogue()["two-layer"]


def test_a_set_is_the_same_whenever_it_is_drawn() -> None:
    first = trial_set(TWO_LAYER, b"secret", 5)
    trial_set.cache_clear()
    again = trial_set(TWO_LAYER, b"secret", 5)
    for a, b in zip(first, again, strict=True):
        assert a.sizes == b.sizes
        assert all(np.array_equal(a.values[n], b.values[n]) for n in a.values)


def test_another_number_or_another_secret_gives_other_points_but_the_same_worked_example() -> None:
    sets = [trial_set(TWO_LAYER, b"secret", 1), trial_set(TWO_LAYER, b"secret", 2), trial_set(TWO_LAYER, b"other", 1)]
    for a, b in combinations(sets, 2):
        assert a.trials[0] is b.trials[0]
        assert not any(x.sizes == y.sizes and np.array_equal(x.values["W1"], y.values["W1"])
                       for x, y in zip(a.trials[1:], b.trials[1:], strict=True))  # fmt: skip


def test_a_set_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to"):
        trial_set(TWO_LAYER, b"secret", TRIAL_SETS)


@pytest.mark.parametrize("number", range(8))
def test_hidden_sizes_expose_transposes_and_factors_of_m(number: int) -> None:
    hidden = trial_set(TWO_LAYER, b"secret", number).trials[1:]
    first = hidden[0].sizes
    assert len(set(first.values())) == 4
    assert not set(first.values()) & {1, 2}
    assert not any(a * b in first.values() for a, b in combinations(first.values(), 2))
    assert first["m"] != hidden[1].sizes["m"]
    assert hidden[2].sizes["m"] == 1
    assert hidden[3].sizes["n_y"] == 1
    assert all(t.sizes != TWO_LAYER.dimensions for t in hidden)


@pytest.mark.parametrize("name", catalogue())
def test_points_are_of_scale_one_and_no_asked_entry_is_lost_in_rounding(name: str) -> None:
    exercise = catalogue()[name]
    for trial in trial_set(exercise, b"secret", 0).trials[1:]:
        for given in exercise.inputs:
            value = np.abs(trial.values[given.name])
            if given.draw.kind in ("signed", "uniform") and given.constant is None:
                assert 0.05 <= value.min() <= value.max() <= 2
        for expected in trial.expected.values():
            small = (np.abs(expected.exact) < SMALLEST * expected.scale) & (expected.exact != 0)
            assert trial.tied or not small.any()


def test_kinks_are_kept_at_a_distance_unless_a_tie_is_asked() -> None:
    for number in range(5):
        for trial in trial_set(catalogue()["middle-layer"], b"secret", number).trials:
            assert (np.abs(trial.values["U"]) >= KINK_DISTANCE).all()
    *others, tied = trial_set(catalogue()["maximum"], b"secret", 0).trials
    assert tied.values["x"] == tied.values["y"]
    assert tied.tied
    assert all(abs(t.values["x"] - t.values["y"]) >= KINK_DISTANCE and not t.tied for t in others)


@pytest.mark.parametrize("number", range(16))
def test_both_winners_of_a_maximum_and_both_labels_are_seen(number: int) -> None:
    trials = trial_set(catalogue()["maximum"], b"secret", number).trials[:-1]
    assert {bool(t.values["x"] > t.values["y"]) for t in trials} == {True, False}
    labels = {float(t.values["y"]) for t in trial_set(catalogue()["logistic-regression"], b"secret", number)}
    assert labels == {0.0, 1.0}


def test_every_class_is_present_and_one_hot_rows_have_one_one() -> None:
    for trial in trial_set(catalogue()["two-layer-softmax"], b"secret", 0).trials[1:]:
        classes = trial.sizes["C"]
        assert len(set(trial.values["y"])) == min(classes, trial.sizes["N"])
        assert trial.values["y"].max() < classes
    for trial in trial_set(catalogue()["output-layer-softmax"], b"secret", 0):
        assert (trial.values["t"].sum(axis=1) == 1).all()
        assert set(np.unique(trial.values["t"])) <= {0.0, 1.0}


def test_a_constant_keeps_its_value_on_every_trial() -> None:
    assert {float(t.values["a"]) for t in trial_set(catalogue()["scale"], b"secret", 0)} == {3.0}


def test_the_numbers_of_the_worked_example_are_the_exercises_own() -> None:
    assert worked_example(catalogue()["add-multiply"]).values["z"] == -4
    assert worked_example(TWO_LAYER).sizes == TWO_LAYER.dimensions


def test_an_exercise_without_usable_points_says_so() -> None:
    always_saturated = read_exercise(
        "name: flat\ninputs: {x: {}}\nforward: |\n  f = exp(exp(exp(9 + x * x)))\ngradients: [dx]\n"
    )
    with pytest.raises(TrialError, match="no usable point"):
        trial_set(always_saturated, b"secret", 0)


@pytest.mark.parametrize("name", ["two-layer", "two-layer-net", "mlp-three-layer"])
def test_no_students_variant_is_without_points(name: str) -> None:
    """Saturated units drown the numerical witness in rounding at some points: these are drawn again."""
    for student in range(12):
        variant = draw_variant(catalogue()[name], b"course", str(student))
        assert len(trial_set(variant, b"secret", student)) == 6


def test_a_wrong_rule_is_found_at_every_point(monkeypatch: pytest.MonkeyPatch) -> None:
    exercise = read_exercise("name: off\ninputs: {x: {}}\nforward: |\n  f = x ** 3 + sin(x)\ngradients: [dx]\n")
    right = exercise.program.backward
    monkeypatch.setattr(
        exercise.program, "backward", lambda *given: {node: g * 1.001 for node, g in right(*given).items()}
    )
    with pytest.raises(WitnessError, match="exact and numerical gradient differ"):
        trial_set(exercise, b"secret", 0)
