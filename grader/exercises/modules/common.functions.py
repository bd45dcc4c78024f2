"""Saitoh, Deep Learning from Scratch: activations and losses. Samples are rows; t is one-hot or integer labels."""

import numpy as np


def identity_function(x):
    """x"""
    return x


def step_function(x):
    """1 where x > 0, else 0"""
    return np.array(x > 0, dtype=int)


def sigmoid(x):
    """1 / (1 + e^-x)"""
    return 1 / (1 + np.exp(-x))


def sigmoid_grad(x):
    """σ(x)·(1 - σ(x))"""
    return sigmoid(x) * (1 - sigmoid(x))


def relu(x):
    """max(0, x)"""
    return np.maximum(0, x)


def relu_grad(x):
    """1 where x ≥ 0, else 0"""
    return np.where(x >= 0, 1.0, 0.0)


def softmax(x):
    """e^x / Σ e^x over the last axis, the largest taken off first so that nothing overflows"""
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def sum_squared_error(y, t):
    """½ Σ (y - t)²"""
    return 0.5 * np.sum((y - t) ** 2)


def mean_squared_error(y, t):
    """½ Σ (y - t)²: the book's own mean_squared_error is not divided by the number of samples"""
    return sum_squared_error(y, t)


def cross_entropy_error(y, t):
    """-Σ log(y of the right class + 1e-7) / number of samples"""
    y = np.atleast_2d(y)
    t = np.asarray(t)
    if t.size == y.size:
        t = t.reshape(y.shape).argmax(axis=1)
    rows = np.arange(len(y))
    return -np.sum(np.log(y[rows, t] + 1e-7)) / len(y)
