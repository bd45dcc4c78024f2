# right
import numpy as np

class Affine:
    def __init__(self, W, b):
        self.params = [W, b]
        self.dW, self.db = np.zeros_like(W), np.zeros_like(b)

    def forward(self, x):
        W, b = self.params
        self.x = x
        return np.matmul(x, W) + b

    def backward(self, dout):
        W, b = self.params
        self.dW[...] = np.matmul(self.x.T, dout)
        self.db[...] = np.sum(dout, axis=0)
        return np.matmul(dout, W.T)
