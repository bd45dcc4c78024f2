# wrong: dX=mismatch
# finding: updated_value
import numpy as np


class OutputLayer(BaseLayer):
    def __init__(self, n_in, n):
        self.w = 0.1 * np.random.randn(n_in, n)
        self.b = np.zeros(n)

    def forward(self, x):
        self.x = x
        self.y = np.dot(x, self.w) + self.b

    def backward(self, t):
        delta = self.y - t
        self.grad_w = np.dot(self.x.T, delta)
        self.grad_b = np.sum(delta, axis=0)
        new_w = self.w - 0.1 * self.grad_w
        self.grad_x = np.dot(delta, new_w.T)

    def update(self, eta):
        self.w -= eta * self.grad_w
        self.b -= eta * self.grad_b
