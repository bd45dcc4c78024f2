# wrong: dW=mismatch db=follow_through dX=follow_through
# finding: value_for_gradient
import numpy as np
class MiddleLayer(BaseLayer):
    def __init__(self, n_in, n):
        self.w = np.random.randn(n_in, n) * np.sqrt(2 / n_in)
        self.b = np.zeros(n)
    def forward(self, x):
        self.x = x
        self.u = np.dot(x, self.w) + self.b
        self.y = np.where(self.u <= 0, 0, self.u)
    def backward(self, grad_y):
        delta = self.y * np.where(self.u <= 0, 0, 1)
        self.grad_w = np.dot(self.x.T, delta)
        self.grad_b = np.sum(delta, axis=0)
        self.grad_x = np.dot(delta, self.w.T)
    def update(self, eta):
        self.w -= eta * self.grad_w
        self.b -= eta * self.grad_b
