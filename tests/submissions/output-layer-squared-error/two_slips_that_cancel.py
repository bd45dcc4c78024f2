# wrong: dW=mismatch db=follow_through dX=follow_through
# finding: sign
# 学習は進むが、勾配の符号も更新の符号も逆
import numpy as np


class OutputLayer(BaseLayer):
    def __init__(self, n_in, n):
        self.w = 0.1 * np.random.randn(n_in, n)
        self.b = np.zeros(n)

    def forward(self, x):
        self.x = x
        self.y = np.dot(x, self.w) + self.b

    def backward(self, t):
        delta = t - self.y
        self.grad_w = np.dot(self.x.T, delta)
        self.grad_b = np.sum(delta, axis=0)
        self.grad_x = np.dot(delta, self.w.T)

    def update(self, eta):
        self.w += eta * self.grad_w
        self.b += eta * self.grad_b
