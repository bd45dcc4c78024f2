# wrong: dW1=mismatch db1=follow_through
# finding: activation_derivative_missing
# after the ReLU nothing is below zero
import numpy as np

def backward(parameters, X, y, reg):
    W1, b1, W2, b2 = (parameters[k] for k in ("W1", "b1", "W2", "b2"))
    N = X.shape[0]
    hidden = np.maximum(0, X @ W1 + b1)
    probs = np.exp(hidden @ W2 + b2)
    probs /= probs.sum(axis=1, keepdims=True)
    probs[np.arange(N), y] -= 1
    probs /= N
    dhidden = (probs @ W2.T) * (hidden >= 0)
    return {
        "dW2": hidden.T @ probs + reg * W2,
        "db2": probs.sum(axis=0),
        "dW1": X.T @ dhidden + reg * W1,
        "db1": dhidden.sum(axis=0),
    }
