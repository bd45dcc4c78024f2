"""The numerical witness: what it leaves out of an evaluation would not have moved."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from grader import catalogue, finite, read_exercise, trial_set, trials
from grader.exercise import Exercise, Gradient
from grader.finite import Estimate, central_differences
from grader.trials import Trial, WitnessError
from grader.ways import Leg

WAYS = {
    "whole arrays": (1 << 60, 1 << 60, finite.RUN),
    "what moves": (0, 1 << 60, finite.RUN),
    "what moves, each point alone": (0, 1 << 60, 0),
    "what moves, two evaluations": (0, 0, finite.RUN),
}
"""Of FEW, MANY and RUN: which way a check is evaluated."""


@pytest.fixture(autouse=True)
def _plans_of_no_other_test() -> Iterator[None]:
    finite._plan.cache_clear()
    yield
    finite._plan.cache_clear()


def checked(
    exercise: Exercise, trial: Trial, way: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[int, int, Estimate]]:
    """Each objective and node that is asked about, and the estimate."""
    for name, number in zip(("FEW", "MANY", "RUN"), WAYS[way], strict=True):
        monkeypatch.setattr(finite, name, number)
    finite._plan.cache_clear()
    asked = [ask for ask in exercise.asks if isinstance(ask, Gradient)]
    for objective in dict.fromkeys(ask.objective for ask in asked):
        nodes = tuple(dict.fromkeys(ask.node for ask in asked if ask.objective == objective))
        for node, estimate in central_differences(exercise.program, trial.nodes, objective, nodes).items():
            yield objective, node, estimate


@pytest.mark.parametrize("name", catalogue())
def test_what_moves_is_all_that_moves(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exercise = catalogue()[name]
    for trial in (trial_set(exercise, b"secret", 0).trials[i] for i in (0, 1, -1)):
        ways = [list(checked(exercise, trial, way, monkeypatch)) for way in WAYS]
        for (objective, node, whole), *others in zip(*ways, strict=True):
            exact = exercise.program.backward(trial.nodes, objective, [node])[node]
            for _, _, estimate in others:
                assert estimate.gradient.shape == np.shape(exact)
                assert np.array_equal(np.isnan(estimate.gradient), np.isnan(whole.gradient))
                if not trial.tied:
                    assert (np.abs(estimate.gradient - whole.gradient) <= 4 * (estimate.error + whole.error)).all()
                    assert (np.abs(estimate.gradient - exact) <= 4 * estimate.error + 1e-12).all()


def test_entries_that_move_alike_blocks_are_followed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    program = catalogue()["two-layer"].program

    def joined(*names: str) -> list[Any]:
        """Of each leg those that it joins; the nodes where the first ones begin."""
        plan = finite._plan(program, program.names["J"], tuple(program.names[name] for name in names), (3, 4, 1, 200))
        assert isinstance(plan, finite._OneByOne)
        return within(plan.way)

    def within(leg: Leg) -> list[Any]:
        return [within(other) for other in leg.joins] or [names[leg.node]]

    names = {node: name for name, node in program.names.items()}
    assert joined("W1", "b1", "W2", "b2") == [[[["W1"], ["b1"]], ["W2"]], ["b2"]]  # at W1 @ X + b1, W2 @ A1, Z2
    assert joined("b1", "W2", "W1", "b2") == [[["b1"], ["W2"], ["W1"]], ["b2"]]  # those that stand beside one another
    monkeypatch.setattr(finite, "RUN", 0)
    finite._plan.cache_clear()
    assert joined("W1", "b1", "W2", "b2") == [["W1"], ["b1"], ["W2"], ["b2"]]


@pytest.mark.parametrize("name", ["two-layer", "two-layer-net", "mlp-four-layer"])
def test_an_entry_s_estimate_is_the_objective_s_own_central_difference(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exercise, generator = catalogue()[name], np.random.default_rng(4)
    trial = trial_set(exercise, b"secret", 0).trials[1]
    for objective, node, estimate in checked(exercise, trial, "what moves, two evaluations", monkeypatch):
        at = np.asarray(trial.nodes[node])
        entry = tuple(int(generator.integers(size)) for size in at.shape)
        h = finite.FINE_STEP * max(1.0, abs(at[entry]))
        ends = []
        for step in (h, -h):
            moved = at.copy()
            moved[entry] += step
            ends.append(exercise.program.forward_from(trial.nodes, node, moved)[objective])
        assert estimate.gradient[entry] == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-8, abs=1e-9)


def test_a_fault_in_any_single_entry_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    exercise = catalogue()["two-layer"]
    trial = trial_set(exercise, b"secret", 0).trials[1]
    for way in WAYS:
        estimates = {node: found for _, node, found in checked(exercise, trial, way, monkeypatch)}
        for ask in exercise.asks:
            assert isinstance(ask, Gradient)
            expected, found = trial.expected[ask.name], estimates[ask.node]
            trials._agree(exercise, ask, expected.exact, expected.scale, found.gradient, found.error)
            for entry in np.ndindex(expected.exact.shape):
                wrong = expected.exact.copy()
                wrong[entry] += 1e-5 * expected.scale.max()
                with pytest.raises(WitnessError, match=ask.name):
                    trials._agree(exercise, ask, wrong, expected.scale, found.gradient, found.error)


@pytest.mark.parametrize("way", WAYS)
def test_only_the_entries_whose_perturbation_crosses_a_kink_are_unknown(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = "inputs: {W: {shape: [n, k]}, X: {shape: [k, m]}}\ndimensions: {n: 3, k: 4, m: 2}\n"
    exercise = read_exercise(f"name: unit\n{given}forward: f = sum(relu(W @ X) ** 2)\ngradients: [dW]\n")
    program, generator = exercise.program, np.random.default_rng(8)
    W, X = generator.normal(size=(3, 4)), generator.normal(size=(4, 2))
    W[1] -= X[:, 0] * (W[1] @ X[:, 0] - 1e-7) / (X[:, 0] @ X[:, 0])  # the unit of row 1 is almost at its kink
    nodes = program.forward({"n": 3, "k": 4, "m": 2, "W": W, "X": X})
    trial = Trial(exercise.dimensions, nodes, {}, {})
    ((_, _, estimate),) = checked(exercise, trial, way, monkeypatch)
    assert np.array_equal(np.isnan(estimate.gradient).all(axis=1), [False, True, False])
    assert np.array_equal(np.isnan(estimate.gradient), np.isnan(estimate.error))
