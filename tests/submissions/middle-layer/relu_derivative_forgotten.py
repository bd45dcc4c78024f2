# wrong: dW=mismatch db=follow_through dX=follow_through
# finding: activation_derivative_missing
import numpy as np


class MiddleLayer(BaseLayer):
    def __init__(self, n_in, n):
        self.w = np.random.randn(n_in, n) * np.sqrt(2 / n_in)
        self.b = np.zeros(n)

    def forward(self, x):
        self.x = x
        self.y = np.maximum(0, np.dot(x, self.w) + self.b)

    def backward(self, grad_y):
        self.grad_w = np.dot(self.x.T, grad_y)
        self.grad_b = np.sum(grad_y, axis=0)
        self.grad_x = np.dot(grad_y, self.w.T)

    def update(self, eta):
        self.w -= eta * self.grad_w
        self.b -= eta * self.grad_b
