# wrong: dW1=mismatch db1=follow_through
# finding: activation_derivative_missing
import numpy as np

class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params["W1"] = std * np.random.randn(input_size, hidden_size)
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = std * np.random.randn(hidden_size, output_size)
        self.params["b2"] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        N, D = X.shape
        h = np.maximum(0, X @ W1 + b1)
        scores = h @ W2 + b2
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(N), y]).sum() / N + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

        grads = {}
        dscores = p
        dscores[np.arange(N), y] -= 1
        dscores /= N
        grads["W2"] = h.T @ dscores + reg * W2
        grads["b2"] = dscores.sum(axis=0)
        dh = dscores @ W2.T
        grads["W1"] = X.T @ dh + reg * W1
        grads["b1"] = dh.sum(axis=0)
        return loss, grads
