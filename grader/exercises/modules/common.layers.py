"""Saitoh, Deep Learning from Scratch: layers with forward and backward. Samples are rows."""

import numpy as np
from common.functions import cross_entropy_error, sigmoid, softmax


class Relu:
    """max(0, x)"""

    def forward(self, x):
        self.mask = x <= 0
        return np.where(self.mask, 0.0, x)

    def backward(self, dout):
        """dout where x > 0, else 0"""
        return np.where(self.mask, 0.0, dout)


class Sigmoid:
    """1 / (1 + e^-x)"""

    def forward(self, x):
        self.out = sigmoid(x)
        return self.out

    def backward(self, dout):
        """dout · y·(1 - y)"""
        return dout * self.out * (1 - self.out)


class Affine:
    """x·W + b; an x of higher rank is flattened to one row for each sample"""

    def __init__(self, W, b):
        self.W, self.b = W, b
        self.dW = self.db = None

    def forward(self, x):
        self.shape = x.shape
        self.x = x.reshape(len(x), -1)
        return np.dot(self.x, self.W) + self.b

    def backward(self, dout):
        """dW = xᵀ·dout, db = Σ dout over the samples, dx = dout·Wᵀ"""
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return np.dot(dout, self.W.T).reshape(self.shape)


class SoftmaxWithLoss:
    """Softmax and the mean cross-entropy; t is one-hot or integer labels"""

    def forward(self, x, t):
        self.y, self.t = softmax(x), t
        self.loss = cross_entropy_error(self.y, t)
        return self.loss

    def backward(self, dout=1):
        """(y - t) / number of samples, whatever dout is"""
        t = self.t if self.t.size == self.y.size else np.eye(self.y.shape[1])[self.t]
        return (self.y - t.reshape(self.y.shape)) / len(self.y)
