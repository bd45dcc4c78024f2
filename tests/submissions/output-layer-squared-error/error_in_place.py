# right
import numpy as np


class OutputLayer(BaseLayer):
    def __init__(self, n_in, n):
        self.w = 0.1 * np.random.randn(n_in, n)
        self.b = np.zeros(n)

    def forward(self, x):
        self.x = x
        self.y = np.dot(x, self.w) + self.b
        return self.y.copy()

    def backward(self, t):
        t -= self.y
        t *= -1
        self.grad_w = np.dot(self.x.T, t)
        self.grad_b = t.T @ np.ones(len(t))
        self.grad_x = np.dot(t, self.w.T)

    def update(self, eta):
        self.w -= eta * self.grad_w
        self.b -= eta * self.grad_b
