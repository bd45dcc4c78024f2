"""The values of the catalogue's worked examples, pinned; and the three witnesses' agreement on every exercise."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import grader
from grader import catalogue, trial_set, worked_example
from grader.exercise import Gradient, Random
from grader.validate import agreements

Values = Mapping[str, Any]


def s(x: float) -> float:
    return 1 / (1 + math.exp(-x))


PINNED: dict[str, dict[str, float | list[float]]] = {
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
    "max-multiply": {"p": -12, "q": 2, "f": -20, "dp": 2, "dq": 2, "dx": -8, "dy": 6, "dz": 2, "dw": 0},
    "reciprocal": {"f": 1 / 3, "dx": -1 / 9},
    "shift": {"f": 7, "dx": 1},
    "exponential": {"f": 7.3890560989, "dx": 7.3890560989},
    "scale": {"f": 12, "dx": 3},
    "sigmoid-neuron-vector": {
        "dot": 1, "f": 0.7310585786, "ddot": 0.1966119332, "dw": [-0.1966119332, -0.3932238665, 0.1966119332],
        "dx": [0.3932238665, -0.5898357997],
    },
    "sigmoid-neuron-staged": {
        "f": 0.7310585786, "dden": -0.5344466454, "de": -0.5344466454, "dneg": -0.1966119332, "ddot": 0.1966119332,
        "ds": 0.1966119332, "dw2": 0.1966119332, "dp0": 0.1966119332, "dp1": 0.1966119332, "dw0": -0.1966119332,
        "dx0": 0.3932238665, "dw1": -0.3932238665, "dx1": -0.5898357997,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", PINNED)
def test_a_circuit_has_the_catalogues_values_at_its_point(name: str) -> None:
    trial = worked_example(catalogue()[name])
    for quantity, value in PINNED[name].items():
        found = trial.expected[quantity].exact if quantity in trial.expected else trial.values[quantity]
        assert np.shape(found) == np.shape(value), quantity
        assert np.allclose(found, value, rtol=0, atol=6e-9), quantity


def test_the_catalogue_has_these_exercises_each_in_the_file_of_its_name() -> None:
    names = {
        "add", "add-multiply", "affine-layer", "affine-layer-images", "central-difference", "deep-network",
        "difference-quotient", "exponential", "gradient-descent-step", "linear-layer", "logistic-regression",
        "logistic-regression-batch", "max-multiply", "maximum", "middle-layer", "mlp-four-layer", "mlp-three-layer",
        "mlp-two-layer", "multiply", "numerical-gradient", "output-layer-softmax", "output-layer-squared-error",
        "reciprocal", "relu-layer", "scale", "shift", "sigmoid-layer", "sigmoid-neuron", "sigmoid-neuron-staged",
        "sigmoid-neuron-vector", "softmax-loss", "softmax-with-loss", "squared-error", "staged-fraction", "svm-loss",
        "svm-scores", "two-layer", "two-layer-initialisation", "two-layer-net", "two-layer-one-sample",
        "two-layer-softmax",
    }  # fmt: skip
    assert set(catalogue()) == names
    assert {p.stem for p in (Path(grader.__file__).parent / "exercises").glob("*.yaml")} == names


def sigmoid(u: Any) -> Any:
    return 1 / (1 + np.exp(-u))


def softmax(u: Any) -> Any:
    return np.exp(u) / np.exp(u).sum(axis=1, keepdims=True)


def affine(x: Any, w: Any, delta: Any) -> tuple[Any, Any, Any]:
    """The gradients at w, b and x, each entry summed as its index formula says."""
    return (
        np.einsum("hi,hj->ij", x, delta),
        np.einsum("hj->j", delta),
        np.einsum("hj,ij->hi", delta, w),
    )


def output_layer(v: Values, y: Any) -> Values:
    dw, db, dx = affine(v["X"], v["W"], y - v["t"])
    return {"y": y, "dW": dw, "db": db, "dX": dx, "W_new": v["W"] - v["eta"] * dw, "b_new": v["b"] - v["eta"] * db}


def hinge(scores: Any, labels: Any) -> tuple[float, Any]:
    """The mean of sum_{j != y} max(0, s_j - s_y + 1) and its gradient, pair by pair."""
    loss, gradient = 0.0, np.zeros_like(scores)
    for i, label in enumerate(labels):
        for j in set(range(scores.shape[1])) - {int(label)}:
            margin = scores[i, j] - scores[i, int(label)] + 1
            if margin > 0:
                loss += margin / len(labels)
                gradient[i, j] += 1 / len(labels)
                gradient[i, int(label)] -= 1 / len(labels)
    return loss, gradient


def cross_entropy(scores: Any, labels: Any) -> tuple[float, Any]:
    """The mean of -log of the label's probability, and its gradient."""
    p, one_hot = softmax(scores), np.eye(scores.shape[1])[labels.astype(int)]
    return float(-np.log((p * one_hot).sum(axis=1)).mean()), (p - one_hot) / len(labels)


def by_hand_affine(v: Values) -> Values:
    return dict(zip(("grad_w", "grad_b", "grad_x"), affine(v["x"], v["w"], v["delta"]), strict=True))


def by_hand_logistic_batch(v: Values) -> Values:
    m = v["X"].shape[1]
    error = [s(float(v["w"][:, 0] @ v["X"][:, i] + v["b"])) - v["Y"][0, i] for i in range(m)]
    dw = sum(error[i] * v["X"][:, i : i + 1] for i in range(m)) / m
    return {"dw": dw, "db": sum(error) / m}


def by_hand_one_sample(v: Values) -> Values:
    a1 = np.tanh(v["W1"] @ v["x"] + v["b1"])
    dz2 = sigmoid(v["W2"] @ a1 + v["b2"]) - v["y"]
    dz1 = v["W2"].T @ dz2 * (1 - a1**2)
    return {
        "dz2": dz2, "dW2": np.outer(dz2, a1), "db2": dz2,
        "dz1": dz1, "dW1": np.outer(dz1, v["x"]), "db1": dz1,
    }  # fmt: skip


def by_hand_perceptron(v: Values) -> Values:
    """Every gradient as one sum over all paths from its weight up to the loss; nothing is reused."""
    weights = [v[f"W{k}"] for k in range(1, 5) if f"W{k}" in v]
    depth, m = len(weights), v["X"].shape[1]
    z, slopes = [v["X"]], [np.ones_like(v["X"])]
    for w in weights[:-1]:
        z.append(sigmoid(w @ z[-1]))
        slopes.append(z[-1] * (1 - z[-1]))
    factors, indices = [2 * (weights[-1] @ z[-1] - v["T"]) / m], ["as"]
    found = {}
    for k in range(depth, 0, -1):
        upper, lower = "abcde"[depth - k : depth - k + 2]
        paths = ",".join([*indices, f"{lower}s"])
        found[f"dW{k}"] = np.einsum(f"{paths}->{upper}{lower}", *factors, z[k - 1])
        found[f"W{k}_new"] = weights[k - 1] - v["eta"] * found[f"dW{k}"]
        factors += [weights[k - 1], slopes[k - 1]]
        indices += [upper + lower, f"{lower}s"]
    return found


def by_hand_svm(v: Values) -> Values:
    _, ds = hinge(v["X"] @ v["W"] + v["b"], v["y"])
    dw, db, _ = affine(v["X"], v["W"], ds)
    return {"dW": dw + 2 * v["reg"] * v["W"], "db": db}  # the whole square


def by_hand_two_layer_softmax(v: Values) -> Values:
    u = v["X"] @ v["W1"] + v["b1"]
    hidden = np.where(u > 0, u, 0)
    _, ds = cross_entropy(hidden @ v["W2"] + v["b2"], v["y"])
    dw2, db2, dh = affine(hidden, v["W2"], ds)
    dw1, db1, _ = affine(v["X"], v["W1"], np.where(u > 0, dh, 0))
    return {"dW2": dw2 + v["reg"] * v["W2"], "db2": db2, "dW1": dw1 + v["reg"] * v["W1"], "db1": db1}  # half of it


def by_hand_descent(v: Values) -> Values:
    w, u = [v["w"]], [v["u"]]
    for _ in range(2):
        w.append(w[-1] - v["rho"] * (w[-1] - v["t"]))
        u.append(u[-1] - v["rho"] * u[-1] ** 3)
    return {"dw": v["w"] - v["t"], "du": v["u"] ** 3, "w_1": w[1], "u_1": u[1], "w_2": w[2], "u_2": u[2]}


BY_HAND: dict[str, Callable[[Values], Values]] = {
    "affine-layer": by_hand_affine,
    "output-layer-squared-error": lambda v: output_layer(v, v["X"] @ v["W"] + v["b"]),
    "output-layer-softmax": lambda v: output_layer(v, softmax(v["X"] @ v["W"] + v["b"])),
    "logistic-regression-batch": by_hand_logistic_batch,
    "two-layer-one-sample": by_hand_one_sample,
    "mlp-two-layer": by_hand_perceptron,
    "mlp-three-layer": by_hand_perceptron,
    "mlp-four-layer": by_hand_perceptron,
    "softmax-loss": lambda v: dict(zip(("loss", "dx"), cross_entropy(v["x"], v["y"]), strict=True)),
    "svm-scores": lambda v: dict(zip(("loss", "dx"), hinge(v["x"], v["y"]), strict=True)),
    "svm-loss": by_hand_svm,
    "two-layer-softmax": by_hand_two_layer_softmax,
    "squared-error": lambda v: {"dy": v["y"] - v["t"]},
    "gradient-descent-step": by_hand_descent,
}


@pytest.mark.parametrize("name", BY_HAND)
def test_what_is_asked_is_what_a_plain_formula_gives(name: str) -> None:
    chosen = catalogue()[name]
    inputs = [given.name for given in chosen.inputs]
    for number in range(3):
        for trial in trial_set(chosen, b"test", number):
            by_hand = BY_HAND[name]({given: trial.values[given] for given in inputs})
            assert set(by_hand) == {ask.name for ask in chosen.asks if not isinstance(ask, Random)}
            for asked, value in by_hand.items():
                assert np.shape(value) == trial.expected[asked].exact.shape, asked
                assert np.allclose(trial.expected[asked].exact, value, rtol=1e-12, atol=1e-14), asked


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
    exercise = catalogue()[name]
    rows = list(agreements(exercise))
    assert all(row.holds for row in rows)
    asked = {ask.name for ask in exercise.asks if isinstance(ask, Gradient)}
    assert {row.name for row in rows if row.outright is not None} == asked, "SymPy differentiates every one outright"


@pytest.mark.parametrize("name", catalogue())
def test_every_exercise_has_a_title_in_both_languages(name: str) -> None:
    assert set(catalogue()[name].title) == {"en", "ja"}
