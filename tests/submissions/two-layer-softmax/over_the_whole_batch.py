# wrong: dW2=mismatch db2=follow_through dW1=follow_through db1=follow_through
# finding: softmax_over_everything
import numpy as np

def backward(parameters, X, y, reg):
    W1, b1, W2, b2 = (parameters[k] for k in ("W1", "b1", "W2", "b2"))
    N = X.shape[0]
    hidden = np.maximum(0, X.dot(W1) + b1)
    scores = hidden.dot(W2) + b2
    probs = np.exp(scores) / np.sum(np.exp(scores))
    probs[range(N), y] -= 1
    probs /= N
    dW2 = hidden.T.dot(probs) + reg * W2
    db2 = probs.sum(axis=0)
    dhidden = probs.dot(W2.T)
    dhidden[hidden <= 0] = 0
    return {"dW2": dW2, "db2": db2, "dW1": X.T.dot(dhidden) + reg * W1, "db1": dhidden.sum(axis=0)}
