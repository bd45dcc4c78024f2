# wrong: dW2=mismatch db2=follow_through dW1=mismatch db1=follow_through
# finding: not_averaged
# finding: mask_inverted
import numpy as np

def backward(parameters, X, y, reg):
    W1, b1, W2, b2 = (parameters[k] for k in ("W1", "b1", "W2", "b2"))
    hidden = np.maximum(0, X @ W1 + b1)
    dscores = np.exp(hidden @ W2 + b2)
    dscores /= dscores.sum(axis=1, keepdims=True)
    dscores[np.arange(len(y)), y] -= 1
    dhidden = dscores @ W2.T
    dhidden[hidden > 0] = 0
    return {
        "dW2": hidden.T @ dscores + reg * W2, "db2": dscores.sum(axis=0),
        "dW1": X.T @ dhidden + reg * W1, "db1": dhidden.sum(axis=0),
    }
