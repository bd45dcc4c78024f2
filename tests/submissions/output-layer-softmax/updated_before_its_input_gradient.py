# wrong: dX=mismatch W_new=mismatch
# finding: updated_value
# w is moved inside backward, so grad_x sees the new one, and update moves it a second time
import numpy as np


class OutputLayer(BaseLayer):
    def __init__(self, n_in, n):
        self.w = 0.1 * np.random.randn(n_in, n)
        self.b = np.zeros(n)

    def forward(self, x):
        self.x = x
        u = np.dot(x, self.w) + self.b
        self.y = np.exp(u) / np.sum(np.exp(u), axis=1, keepdims=True)

    def backward(self, t, eta=0.01):
        delta = self.y - t
        self.grad_w = np.dot(self.x.T, delta)
        self.grad_b = np.sum(delta, axis=0)
        self.w = self.w - eta * self.grad_w
        self.grad_x = np.dot(delta, self.w.T)

    def update(self, eta):
        self.w -= eta * self.grad_w
        self.b -= eta * self.grad_b
