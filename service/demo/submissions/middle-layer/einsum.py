import numpy as np


class MiddleLayer:
    def __init__(self, n_in, n):
        self.w = np.sqrt(2 / n_in) * np.random.standard_normal((n_in, n))
        self.b = np.zeros((n,))

    def forward(self, x):
        self.x = x
        self.u = np.einsum("hm,mn->hn", x, self.w) + self.b
        self.y = np.maximum(self.u, 0)
        return self.y

    def backward(self, grad_y):
        delta = np.where(self.u > 0, grad_y, 0.0)
        self.grad_w = np.einsum("hm,hn->mn", self.x, delta)
        self.grad_b = np.einsum("hn->n", delta)
        self.grad_x = np.einsum("hn,mn->hm", delta, self.w)
        return self.grad_x

    def update(self, eta):
        self.w -= eta * self.grad_w
        self.b -= eta * self.grad_b
