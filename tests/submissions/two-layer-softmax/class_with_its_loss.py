# right
import numpy as np

class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {
            "W1": std * np.random.randn(input_size, hidden_size), "b1": np.zeros(hidden_size),
            "W2": std * np.random.randn(hidden_size, output_size), "b2": np.zeros(output_size),
        }

    def loss(self, X, y=None, reg=0.0):
        W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
        hidden = np.maximum(X @ W1 + b1, 0)
        scores = hidden @ W2 + b2
        if y is None:
            return scores
        rows = np.arange(len(X))
        logp = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        loss = -logp[rows, y].mean() + 0.5 * reg * (np.sum(W1**2) + np.sum(W2**2))

        dscores = np.exp(logp)
        dscores[rows, y] -= 1
        dscores /= len(X)
        dhidden = dscores @ W2.T * (hidden > 0)
        grads = {"W2": hidden.T @ dscores + reg * W2, "b2": dscores.sum(axis=0)}
        grads.update(W1=X.T @ dhidden + reg * W1, b1=dhidden.sum(axis=0))
        return loss, grads
