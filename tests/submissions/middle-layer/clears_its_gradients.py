# right
import numpy as np


class MiddleLayer:
    def __init__(self, n_in, n):
        self.w = (np.random.randn(n_in, n) * np.sqrt(2.0 / n_in)).astype(np.float32)
        self.b = np.zeros(n, dtype=np.float32)
        self.zero()

    def zero(self):
        self.grad_w, self.grad_b, self.grad_x = 0.0, 0.0, 0.0

    def forward(self, x):
        self.x, self.u = x, x @ self.w + self.b
        self.y = np.maximum(self.u, 0)

    def backward(self, grad_y):
        d = grad_y * (self.u > 0)
        self.grad_w, self.grad_b, self.grad_x = self.x.T @ d, d.sum(0), d @ self.w.T

    def update(self, eta):
        self.w = self.w - eta * self.grad_w
        self.b = self.b - eta * self.grad_b
        self.zero()
