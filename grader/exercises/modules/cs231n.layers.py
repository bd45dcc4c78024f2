"""CS231n, assignments 1 and 2: layers as functions; forward gives the value and its cache. Samples are rows."""

import numpy as np


def affine_forward(x, w, b):
    """x·w + b, each sample of x flattened to a row"""
    return x.reshape(len(x), -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    """dx = dout·wᵀ in the shape of x, dw = xᵀ·dout, db = Σ dout over the samples"""
    x, w, _ = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    """max(0, x)"""
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    """dout where x > 0, else 0"""
    return np.where(cache > 0, dout, 0.0)


def softmax_loss(x, y):
    """Mean cross-entropy of the scores x for the labels y, and its gradient: (softmax - one-hot) / samples"""
    rows = np.arange(len(x))
    shifted = x - x.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dx = np.exp(logs)
    dx[rows, y] -= 1
    return -logs[rows, y].mean(), dx / len(x)


def svm_loss(x, y):
    """Mean over the samples of Σ max(0, s_j - s_y + 1) over the wrong classes, and its gradient"""
    rows = np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    margins[rows, y] = 0
    dx = np.where(margins > 0, 1.0, 0.0)
    dx[rows, y] -= dx.sum(axis=1)
    return margins.sum() / len(x), dx / len(x)
