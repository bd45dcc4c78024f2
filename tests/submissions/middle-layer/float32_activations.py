# right
# note: float32
import numpy as np


class MiddleLayer(BaseLayer):
    def __init__(self, n_in, n):
        self.w = np.random.randn(n_in, n) * np.sqrt(2 / n_in)
        self.b = np.zeros(n)

    def forward(self, x):
        self.x = x.astype(np.float32)
        self.u = np.dot(self.x, self.w.astype(np.float32)) + self.b.astype(np.float32)
        self.y = np.where(self.u <= 0, 0, self.u)

    def backward(self, grad_y):
        delta = grad_y.astype(np.float32) * np.where(self.u <= 0, np.float32(0), np.float32(1))
        self.grad_w = np.dot(self.x.T, delta)
        self.grad_b = np.sum(delta, axis=0)
        self.grad_x = np.dot(delta, self.w.astype(np.float32).T)

    def update(self, eta):
        self.w -= eta * self.grad_w
        self.b -= eta * self.grad_b
