# right
import numpy as np

def backward(parameters, X, y, reg):
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    N = X.shape[0]

    hidden = np.maximum(0, X.dot(W1) + b1)
    scores = hidden.dot(W2) + b2
    scores -= scores.max(axis=1, keepdims=True)
    probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)

    dscores = probs
    dscores[np.arange(N), y] -= 1
    dscores /= N
    grads = {}
    grads["dW2"] = hidden.T.dot(dscores) + reg * W2
    grads["db2"] = dscores.sum(axis=0)
    dhidden = dscores.dot(W2.T)
    dhidden[hidden <= 0] = 0
    grads["dW1"] = X.T.dot(dhidden) + reg * W1
    grads["db1"] = dhidden.sum(axis=0)
    return grads
