# wrong: dW2=mismatch db2=follow_through dW1=follow_through db1=follow_through
# finding: averaged_over_another
import numpy as np


def backward(parameters, X, y, reg):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    N = X.shape[1]
    hidden = np.maximum(0, X @ W1 + b1)
    scores = hidden @ W2 + b2
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    p /= N
    dhidden = p @ W2.T * (hidden > 0)
    return {
        "dW2": hidden.T @ p + reg * W2,
        "db2": p.sum(axis=0),
        "dW1": X.T @ dhidden + reg * W1,
        "db1": dhidden.sum(axis=0),
    }
