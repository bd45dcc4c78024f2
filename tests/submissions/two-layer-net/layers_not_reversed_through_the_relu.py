# wrong: dW1=mismatch db1=follow_through
# finding: activation_derivative_missing
import numpy as np
from common.layers import *

class TwoLayerNet:
    def __init__(self, n_in, n_hidden, n_out):
        self.params = {
            "W1": np.random.randn(n_in, n_hidden), "b1": np.zeros(n_hidden),
            "W2": np.random.randn(n_hidden, n_out), "b2": np.zeros(n_out),
        }
        self.first = Affine(self.params["W1"], self.params["b1"])
        self.relu = Relu()
        self.second = Affine(self.params["W2"], self.params["b2"])
        self.last = SoftmaxWithLoss()

    def gradient(self, x, t):
        self.last.forward(self.second.forward(self.relu.forward(self.first.forward(x))), t)
        dout = self.second.backward(self.last.backward(1))
        self.first.backward(dout)   # 途中の ReLU を飛ばしている
        return {"W1": self.first.dW, "b1": self.first.db, "W2": self.second.dW, "b2": self.second.db}
