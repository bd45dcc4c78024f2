# right
import numpy as np


class OutputLayer:
    def __init__(self, n_in, n):
        self.w = np.random.rand(n_in, n)
        self.b = np.random.rand(n)

    def forward(self, x):
        self.x = x
        return np.array([[sum(row * self.w[:, j]) + self.b[j] for j in range(self.w.shape[1])] for row in x])

    def backward(self, t):
        y = self.forward(self.x)
        self.grad_w = np.zeros(self.w.shape)
        self.grad_b = np.zeros(self.b.shape)
        self.grad_x = np.zeros(self.x.shape)
        for k in range(t.shape[0]):
            for j in range(t.shape[1]):
                delta = y[k, j] - t[k, j]
                self.grad_b[j] += delta
                for i in range(self.x.shape[1]):
                    self.grad_w[i, j] += delta * self.x[k, i]
                    self.grad_x[k, i] += delta * self.w[i, j]

    def update(self, eta):
        self.w = self.w - eta * self.grad_w
        self.b = self.b - eta * self.grad_b
