"""Whole files as students of known courses hand them in, answered rightly on every trial of the catalogue's exercises.

The files are ours, in each course's style: its imports, its names, its training loop.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from grader import catalogue, trial_set, yaml12
from grader.candidate import Array
from grader.exercise import Exercise, Gradient
from grader.interface import Interface, read_interface, value_interface
from grader.provided import provided_modules
from grader.sandbox import Call, Job, Sandbox
from tests.grader.sandbox.jobs import finished
from tests.grader.sandbox.test_circuits import BARE, FULL


def values(exercise: Exercise, trial: Any) -> dict[str, Any]:
    whole = {given.name for given in exercise.inputs if given.draw.whole}
    return {n: np.asarray(v, np.int64 if n in whole else np.float64) for n, v in trial.values.items()} | trial.sizes


def interface(exercise: Exercise, text: str) -> Interface:
    program = exercise.program
    packs = {"parameters": [given.name for given in exercise.inputs if given.parameter], "cache": []}
    inputs = [given.name for given in exercise.inputs]
    accepted = {ask.name: [ask.name] for ask in exercise.asks}
    return read_interface(yaml12.read(text).data, [*program.names], inputs, packs, accepted)


def right(
    sandbox: Sandbox, name: str, taken: str | Interface, source: str, modules: tuple[str, ...] = ()
) -> Mapping[str, bool]:
    """Which of the asked quantities `source` answers rightly on every trial."""
    exercise = catalogue()[name]
    read = interface(exercise, taken) if isinstance(taken, str) else taken
    trials = trial_set(exercise, b"courses", 0)
    calls = tuple(Call(values(exercise, trial), read.asks) for trial in trials)
    job = Job(source, False, (read.spec,), (), calls, provided_modules(modules, [read]))
    outcome = finished(sandbox.run(job))
    assert [answers.raised for answers in outcome.answers] == [None] * len(calls)
    assert not any(code == "results_differ_on_second_call" for answers in outcome.answers for code, _ in answers.notes)
    pairs = list(zip(trials, outcome.answers, strict=True))
    return {ask: all(same(t.expected[ask].exact, a.candidates[ask]) for t, a in pairs) for ask in read.asks}


def same(exact: Any, candidate: Any) -> bool:
    if not isinstance(candidate, Array) or candidate.value.shape != np.shape(exact):
        return False
    return bool(np.allclose(candidate.value, exact, rtol=1e-9, atol=1e-12))


NG_PROPAGATE = """
import numpy as np
import copy
import matplotlib.pyplot as plt
import h5py
from lr_utils import load_dataset
from public_tests import *
from testCases import *

def propagate(w, b, X, Y):
    m = X.shape[1]
    ### START CODE HERE ###
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = np.sum(-Y * np.log(A) - (1 - Y) * np.log(1 - A)) / m
    dw = np.dot(X, (A - Y).T) / m
    db = np.sum(A - Y) / m
    ### END CODE HERE ###
    cost = np.squeeze(np.array(cost))
    grads = {"dw": dw, "db": db}
    return grads, cost

train_set_x_orig, train_set_y, test_set_x_orig, test_set_y, classes = load_dataset()
grads, cost = propagate(w, b, X, Y)
print("dw = " + str(grads["dw"]))
propagate_test(propagate)
"""

NG_DEEP = """
import numpy as np
from dnn_utils import sigmoid, sigmoid_backward, relu, relu_backward
from testCases_v4a import *

def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    return np.dot(W.T, dZ), np.dot(dZ, A_prev.T) / m, np.sum(dZ, axis=1, keepdims=True) / m

def linear_activation_backward(dA, cache, activation):
    linear_cache, activation_cache = cache
    if activation == "relu":
        dZ = relu_backward(dA, activation_cache)
    elif activation == "sigmoid":
        dZ = sigmoid_backward(dA, activation_cache)
    return linear_backward(dZ, linear_cache)

def L_model_backward(AL, Y, caches):
    grads = {}
    L = len(caches)
    Y = Y.reshape(AL.shape)
    dA = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    for l in reversed(range(L)):
        activation = "sigmoid" if l == L - 1 else "relu"
        dA, dW, db = linear_activation_backward(dA, caches[l], activation)
        grads["dA" + str(l)], grads["dW" + str(l + 1)], grads["db" + str(l + 1)] = dA, dW, db
    return grads
"""

CS231N_NET = """
from builtins import range
from builtins import object
import numpy as np
import matplotlib.pyplot as plt
from past.builtins import xrange

class TwoLayerNet(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params['W1'] = std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        N, D = X.shape
        hidden = np.maximum(0, X.dot(W1) + b1)
        scores = hidden.dot(W2) + b2
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[range(N), y]).sum() / N + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        grads = {}
        p[np.arange(N), y] -= 1
        p /= N
        grads['W2'] = hidden.T.dot(p) + reg * W2
        grads['b2'] = p.sum(axis=0)
        dh = p.dot(W2.T)
        dh[hidden <= 0] = 0
        grads['W1'] = X.T.dot(dh) + reg * W1
        grads['b1'] = dh.sum(axis=0)
        return loss, grads

net = TwoLayerNet(4, 10, 3)
for i in xrange(1000):
    net.loss(X_train, y_train)
"""

CS231N_FC_NET = """
from builtins import range, object
import numpy as np
from ..layers import *
from ..layer_utils import *

class TwoLayerNet(object):
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.params = {}
        self.reg = reg
        self.params['W1'] = np.random.normal(0, weight_scale, (input_dim, hidden_dim))
        self.params['b1'] = np.zeros(hidden_dim)
        self.params['W2'] = np.random.normal(0, weight_scale, (hidden_dim, num_classes))
        self.params['b2'] = np.zeros(num_classes)

    def loss(self, X, y=None):
        h, cache1 = affine_relu_forward(X, self.params['W1'], self.params['b1'])
        scores, cache2 = affine_forward(h, self.params['W2'], self.params['b2'])
        if y is None:
            return scores
        loss, grads = 0, {}
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(self.params['W1'] ** 2) + np.sum(self.params['W2'] ** 2))
        dh, grads['W2'], grads['b2'] = affine_backward(dscores, cache2)
        _, grads['W1'], grads['b1'] = affine_relu_backward(dh, cache1)
        grads['W1'] += self.reg * self.params['W1']
        grads['W2'] += self.reg * self.params['W2']
        return loss, grads
"""

SAITOH_NET = """
# coding: utf-8
import sys, os
sys.path.append(os.pardir)
import numpy as np
from common.layers import *
from common.gradient import numerical_gradient
from collections import OrderedDict
from dataset.mnist import load_mnist


class TwoLayerNet:

    def __init__(self, input_size, hidden_size, output_size, weight_init_std = 0.01):
        self.params = {}
        self.params['W1'] = weight_init_std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = weight_init_std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)

        self.layers = OrderedDict()
        self.layers['Affine1'] = Affine(self.params['W1'], self.params['b1'])
        self.layers['Relu1'] = Relu()
        self.layers['Affine2'] = Affine(self.params['W2'], self.params['b2'])

        self.lastLayer = SoftmaxWithLoss()

    def predict(self, x):
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def loss(self, x, t):
        return self.lastLayer.forward(self.predict(x), t)

    def gradient(self, x, t):
        self.loss(x, t)
        dout = self.lastLayer.backward(1)
        layers = list(self.layers.values())
        layers.reverse()
        for layer in layers:
            dout = layer.backward(dout)
        grads = {}
        grads['W1'], grads['b1'] = self.layers['Affine1'].dW, self.layers['Affine1'].db
        grads['W2'], grads['b2'] = self.layers['Affine2'].dW, self.layers['Affine2'].db
        return grads

(x_train, t_train), (x_test, t_test) = load_mnist(normalize=True, one_hot_label=True)
network = TwoLayerNet(input_size=784, hidden_size=50, output_size=10)
for i in range(10000):
    grad = network.gradient(x_train, t_train)
"""

SAITOH_SOFTMAX = """
from common.functions import *

class SoftmaxWithLoss:
    def __init__(self):
        self.loss = None
        self.y = None
        self.t = None

    def forward(self, x, t):
        self.t = t
        self.y = softmax(x)
        self.loss = cross_entropy_error(self.y, self.t)
        return self.loss

    def backward(self, dout=1):
        batch_size = self.t.shape[0]
        return (self.y - self.t) / batch_size
"""

NET = "{W1: dW1, b1: db1, W2: dW2, b2: db2}"
STATE = "state: {params: {W1: W1, b1: b1, W2: W2, b2: b2}}"
CASES: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "Ng's logistic regression": (
        "logistic-regression-batch",
        "{function: propagate, arguments: [w, b, X, Y], returns: [{dw: dw, db: db}, null]}",
        NG_PROPAGATE, (),
    ),
    "Ng's deep network": (
        "deep-network",
        "{function: L_model_backward, arguments: {AL: A2, Y: Y, caches: [[[X, W1, b1], Z1], [[A1, W2, b2], Z2]]}, "
        "returns: {dict: [dW1, db1, dW2, db2]}}",
        NG_DEEP, ("dnn_utils",),
    ),
    "Ng's deep network of an earlier year": (
        "deep-network",
        "{function: L_model_backward, arguments: {AL: A2, Y: Y, caches: [[[X, W1, b1], Z1], [[A1, W2, b2], Z2]]}, "
        "returns: {dict: [dW1, db1, dW2, db2]}}",
        NG_DEEP.replace("dnn_utils", "dnn_utils_v2"), ("dnn_utils_v2",),
    ),
    "CS231n's network of assignment 1": (
        "two-layer-softmax",
        f"{{class: TwoLayerNet, construct: [D, H, C], {STATE}, "
        f"calls: [{{method: loss, arguments: [X, y], keywords: {{reg: reg}}, returns: [null, {NET}]}}]}}",
        CS231N_NET, ("cs231n.layers",),
    ),
    "CS231n's network of assignment 2": (
        "two-layer-softmax",
        f"{{class: TwoLayerNet, construct: [D, H, C, 0.001, reg], {STATE}, "
        f"calls: [{{method: loss, arguments: [X, y], returns: [null, {NET}]}}]}}",
        CS231N_FC_NET, ("cs231n.layer_utils",),
    ),
    "Saitoh's network": (
        "two-layer-net",
        f"{{class: TwoLayerNet, construct: [D, H, C], {STATE}, "
        f"calls: [{{method: gradient, arguments: [x, t], returns: {NET}}}]}}",
        SAITOH_NET, ("common.layers", "common.gradient"),
    ),
    "Saitoh's softmax layer": (
        "softmax-with-loss",
        '{class: SoftmaxWithLoss, calls: ["forward(x, t)", "backward(1) -> dx"]}',
        SAITOH_SOFTMAX, ("common.functions",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_courses_file_runs_unchanged_and_is_right(sandbox: Sandbox, case: str) -> None:
    found = right(sandbox, *CASES[case])
    assert found
    assert all(found.values()), found


@pytest.mark.parametrize(
    ("case", "was", "is_", "wrong"),
    [
        ("Ng's logistic regression", "np.sum(A - Y) / m", "np.sum(A - Y)", {"db"}),
        ("Ng's deep network", "np.dot(dZ, A_prev.T) / m", "np.dot(dZ, A_prev.T)", {"dW1", "dW2"}),
        ("CS231n's network of assignment 2", "grads['W1'] += self.reg", "grads['W1'] += 2 * self.reg", {"dW1"}),
        ("Saitoh's network", "'W1'], grads['b1'] = self.layers['Affine1'].dW", "'W1'], grads['b1'] = 0", {"dW1"}),
        ("Saitoh's softmax layer", " / batch_size", "", {"dx"}),
    ],
)
def test_a_mistake_in_it_is_the_students(sandbox: Sandbox, case: str, was: str, is_: str, wrong: set[str]) -> None:
    name, taken, source, modules = CASES[case]
    found = right(sandbox, name, taken, source.replace(was, is_), modules)
    assert {ask for ask, holds in found.items() if not holds} == wrong


def test_a_column_where_the_exercise_has_a_row_is_taken_transposed(sandbox: Sandbox) -> None:
    taken = "{function: propagate, arguments: {w: w.T, b: b, x: x, y: y}, returns: {dw: dw.T, db: db}}"
    source = (
        "def propagate(w, b, x, y):\n    a = 1 / (1 + np.exp(-(np.dot(w.T, x) + b)))\n"
        "    return {'dw': np.dot(x, (a - y).T), 'db': np.sum(a - y)}"
    )
    assert right(sandbox, "logistic-regression", taken, source) == {"dw": True, "db": True}


SCALAR = [name for name, e in catalogue().items() if e.of_scalars]


@pytest.mark.parametrize("name", SCALAR)
@pytest.mark.parametrize("source", [BARE, FULL], ids=["bare", "full"])
def test_every_scalar_circuit_takes_a_class_of_numbers(sandbox: Sandbox, name: str, source: str) -> None:
    exercise = catalogue()[name]
    gradients = {ask.name: (ask.objective, ask.node) for ask in exercise.asks if isinstance(ask, Gradient)}
    taken = value_interface(exercise.program, gradients)
    assert taken is not None
    assert set(taken.asks) == {ask.name for ask in exercise.asks}
    trials = trial_set(exercise, b"courses", 0)
    calls = tuple(Call(values(exercise, trial), taken.asks) for trial in trials)
    outcome = finished(sandbox.run(Job(source, False, (taken.spec,), (), calls)))
    for trial, answers in zip(trials, outcome.answers, strict=True):
        assert answers.raised is None
        if not trial.tied:
            for ask in taken.asks:
                assert same(trial.expected[ask].exact, answers.candidates[ask]), (name, ask)
