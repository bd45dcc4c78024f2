# wrong: db=wrong_shape b_new=missing
# finding: shape_axis_added
# (1, n) からは (n,) の b をその場で更新できない
import numpy as np


class OutputLayer(BaseLayer):
    def __init__(self, n_in, n):
        self.w = 0.1 * np.random.randn(n_in, n)
        self.b = np.zeros(n)

    def forward(self, x):
        self.x = x
        u = np.dot(x, self.w) + self.b
        self.y = np.exp(u) / np.sum(np.exp(u), axis=1, keepdims=True)

    def backward(self, t):
        delta = self.y - t
        self.grad_w = np.dot(self.x.T, delta)
        self.grad_b = np.sum(delta, axis=0, keepdims=True)
        self.grad_x = np.dot(delta, self.w.T)

    def update(self, eta):
        self.w -= eta * self.grad_w
        self.b -= eta * self.grad_b
