import numpy as np


class MiddleLayer:
    """Fully connected layer with ReLU; rows are samples."""

    def __init__(self, n_in, n):
        rng = np.random.default_rng()
        self.w = rng.normal(0.0, (2.0 / n_in) ** 0.5, size=(n_in, n))
        self.b = np.zeros(n)

    def forward(self, x):
        self.x = x
        u = x @ self.w + self.b
        self.mask = u > 0
        self.y = u * self.mask
        return self.y

    def backward(self, grad_y):
        delta = grad_y * self.mask
        self.grad_w = self.x.T @ delta
        self.grad_b = delta.sum(axis=0)
        self.grad_x = delta @ self.w.T
        return self.grad_x

    def update(self, eta):
        self.w[...] = self.w - eta * self.grad_w
        self.b[...] = self.b - eta * self.grad_b
