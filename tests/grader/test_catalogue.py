"""The values of the catalogue's worked examples, pinned; and the three witnesses' agreement on every exercise."""

import math

import numpy as np
import pytest

from grader import catalogue, trial_set, worked_example
from grader.validate import agreements


def s(x: float) -> float:
    return 1 / (1 + math.exp(-x))


PINNED: dict[str, dict[str, float]] = {
    "multiply": {"f": -12, "dx": -3, "dy": 4},
    "add": {"dx": 1, "dy": 1},
    "maximum": {"f": 4, "dx": 1, "dy": 0},
    "add-multiply": {"q": 3, "f": -12, "dq": -4, "dz": 3, "dx": -4, "dy": -4},
    "sigmoid-neuron": {
        "dot": 1, "f": s(1), "ddot": s(1) * (1 - s(1)), "dw0": -0.19661193, "dw1": -0.39322387, "dw2": 0.19661193,
        "dx0": 0.39322387, "dx1": -0.58983580,
    },
    "staged-fraction": {
        "f": 1.5456448841, "dnum": 0.5121444488, "dsigy": 0.5121444488, "dinvden": 3.0179862100, "dden": -0.7915934473,
        "dsigx": -0.7915934473, "dxpysqr": -0.7915934473, "dxpy": 1.5831868945, "dx": 2.0595697956, "dy": 1.5922327515,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", PINNED)
def test_a_circuit_has_the_catalogues_values_at_its_point(name: str) -> None:
    trial = worked_example(catalogue()[name])
    for quantity, value in PINNED[name].items():
        found = trial.expected[quantity].exact if quantity in trial.expected else trial.values[quantity]
        assert float(found) == pytest.approx(value, abs=6e-9), quantity


def test_the_catalogue_has_the_exercises_of_this_release() -> None:
    assert set(catalogue()) == {
        "add", "add-multiply", "logistic-regression", "maximum", "middle-layer", "multiply", "sigmoid-neuron",
        "staged-fraction", "two-layer",
    }  # fmt: skip


def test_the_two_layer_network_has_its_six_equations() -> None:
    for trial in trial_set(catalogue()["two-layer"], b"test", 0):
        v, m = trial.values, trial.sizes["m"]
        dz2 = v["A2"] - v["Y"]
        dz1 = v["W2"].T @ dz2 * (1 - v["A1"] ** 2)
        by_hand = {
            "dZ2": dz2, "dW2": dz2 @ v["A1"].T / m, "db2": dz2.sum(axis=1, keepdims=True) / m,
            "dZ1": dz1, "dW1": dz1 @ v["X"].T / m, "db1": dz1.sum(axis=1, keepdims=True) / m,
        }  # fmt: skip
        for name, value in by_hand.items():
            assert np.allclose(trial.expected[name].exact, value, rtol=1e-13, atol=1e-15), name


def test_logistic_regression_has_the_texts_four_gradients() -> None:
    for trial in trial_set(catalogue()["logistic-regression"], b"test", 1):
        v = trial.values
        a, y = v["a"], v["y"]
        by_hand = {"da": -y / a + (1 - y) / (1 - a), "dz": a - y, "dw": (a - y) * v["x"].T, "db": a - y}
        for name, value in by_hand.items():
            assert np.allclose(trial.expected[name].exact, value, rtol=1e-12), name


def test_the_middle_layer_has_the_texts_formulas() -> None:
    for trial in trial_set(catalogue()["middle-layer"], b"test", 2):
        v = trial.values
        u = v["X"] @ v["W"] + v["b"]
        delta = v["grad_y"] * (u > 0)
        dw, db = v["X"].T @ delta, delta.sum(axis=0)
        by_hand = {
            "y": np.where(u <= 0, 0, u), "dW": dw, "db": db, "dX": delta @ v["W"].T,
            "W_new": v["W"] - v["eta"] * dw, "b_new": v["b"] - v["eta"] * db,
        }  # fmt: skip
        for name, value in by_hand.items():
            assert np.allclose(trial.expected[name].exact, value, rtol=1e-12, atol=1e-15), name
    starts = {ask.name: ask for ask in catalogue()["middle-layer"].asks if "start" in ask.name}
    assert starts["W_start"].std == pytest.approx(math.sqrt(2 / 200))  # type: ignore[union-attr]
    assert starts["b_start"].std == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("name", catalogue())
def test_the_three_witnesses_agree(name: str) -> None:
    rows = list(agreements(catalogue()[name]))
    assert all(row.holds for row in rows)
    assert any(row.outright is not None for row in rows), "SymPy has differentiated the objective outright somewhere"


@pytest.mark.parametrize("name", catalogue())
def test_every_exercise_has_a_title_in_both_languages(name: str) -> None:
    assert set(catalogue()[name].title) == {"en", "ja"}
