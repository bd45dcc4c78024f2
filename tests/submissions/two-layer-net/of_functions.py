# right
import numpy as np

class TwoLayerNet:
    def __init__(self, n_in, n_hidden, n_out):
        self.params = {}
        self.params["W1"], self.params["b1"] = np.random.rand(n_in, n_hidden), np.zeros(n_hidden)
        self.params["W2"], self.params["b2"] = np.random.rand(n_hidden, n_out), np.zeros(n_out)

    def gradient(self, x, t):
        W1, W2 = self.params["W1"], self.params["W2"]
        z1 = np.maximum(np.dot(x, W1) + self.params["b1"], 0)
        e = np.exp(np.dot(z1, W2) + self.params["b2"])
        dy = (e / e.sum(axis=1, keepdims=True) - t) / x.shape[0]
        da1 = np.dot(dy, W2.T) * np.sign(z1)
        return {
            "W2": np.dot(z1.T, dy), "b2": dy.sum(axis=0),
            "W1": np.dot(x.T, da1), "b1": da1.sum(axis=0),
        }
