# wrong: dW2=mismatch dW1=mismatch
# finding: penalty_missing
import numpy as np

class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.params = {
            "W1": np.random.randn(input_size, hidden_size), "b1": np.zeros(hidden_size),
            "W2": np.random.randn(hidden_size, output_size), "b2": np.zeros(output_size),
        }

    def loss(self, X, y=None, reg=0.0):
        W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
        hidden = np.maximum(X @ W1 + b1, 0)
        probs = np.exp(hidden @ W2 + b2)
        probs /= probs.sum(axis=1, keepdims=True)
        rows = np.arange(len(X))
        # in the loss it is there, in the gradients it was forgotten
        loss = -np.log(probs[rows, y]).mean() + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
        probs[rows, y] -= 1
        probs /= len(X)
        dhidden = probs @ W2.T * (hidden > 0)
        return loss, {
            "W2": hidden.T @ probs, "b2": probs.sum(axis=0),
            "W1": X.T @ dhidden, "b1": dhidden.sum(axis=0),
        }
