# right
import numpy as np


class OutputLayer(BaseLayer):
    def __init__(self, n_in, n):
        self.w = np.random.randn(n_in, n) * 0.1
        self.b = np.zeros(n)

    def forward(self, x):
        self.x = x
        u = np.dot(x, self.w) + self.b
        log_sum = np.logaddexp.reduce(u, axis=1, keepdims=True)
        self.log_y = u - log_sum
        self.y = np.exp(self.log_y)

    def backward(self, t):
        delta = np.exp(self.log_y) * t.sum(axis=1, keepdims=True) - t
        self.grad_w = self.x.T @ delta
        self.grad_b = delta.sum(axis=0)
        self.grad_x = delta @ self.w.T

    def update(self, eta):
        self.w = self.w - eta * self.grad_w
        self.b = self.b - eta * self.grad_b
