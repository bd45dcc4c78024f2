# right
# note: float32
import numpy as np

class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = {
            "W1": np.random.randn(input_size, hidden_size), "b1": np.zeros(hidden_size),
            "W2": np.random.randn(hidden_size, output_size), "b2": np.zeros(output_size),
        }

    def loss(self, X, y=None, reg=0.0):
        W1, b1, W2, b2 = (self.params[k].astype(np.float32) for k in ("W1", "b1", "W2", "b2"))
        X, reg = X.astype(np.float32), np.float32(reg)
        h = np.maximum(X @ W1 + b1, 0)
        p = np.exp(h @ W2 + b2)
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(X)), y]).mean()
        p[np.arange(len(X)), y] -= 1
        p /= np.float32(len(X))
        dh = p @ W2.T * (h > 0)
        return loss, {"W1": X.T @ dh + reg * W1, "b1": dh.sum(0), "W2": h.T @ p + reg * W2, "b2": p.sum(0)}
