# right
import numpy as np


class MiddleLayer(BaseLayer):
    def __init__(self, n_in, n):
        scale = np.sqrt(2 / n_in)
        self.w = scale * np.random.standard_normal((n_in, n))
        self.b = np.zeros(n)

    def forward(self, x):
        self.x = x
        self.y = np.dot(x, self.w) + self.b
        self.y[self.y <= 0] = 0
        return self.y

    def backward(self, grad_y):
        # grad_y itself becomes delta
        grad_y[self.y == 0] = 0
        self.grad_w = self.x.T.dot(grad_y)
        self.grad_b = grad_y.sum(axis=0)
        self.grad_x = grad_y.dot(self.w.T)
        return self.grad_x

    def update(self, eta):
        self.w -= eta * self.grad_w
        self.b -= eta * self.grad_b
