# wrong: dW=mismatch db=follow_through dX=follow_through
# finding: softmax_diagonal
import numpy as np


class OutputLayer(BaseLayer):
    def __init__(self, n_upper, n):
        self.w = 0.1 * np.random.randn(n_upper, n)
        self.b = 0.1 * np.random.randn(n)

    def forward(self, x):
        self.x = x
        u = x @ self.w + self.b
        self.y = np.exp(u) / np.exp(u).sum(axis=1, keepdims=True)

    def backward(self, t):
        delta = -t / self.y * self.y * (1 - self.y)
        self.grad_w = self.x.T @ delta
        self.grad_b = delta.sum(axis=0)
        self.grad_x = delta @ self.w.T

    def update(self, eta):
        self.w = self.w - eta * self.grad_w
        self.b = self.b - eta * self.grad_b
