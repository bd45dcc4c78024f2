# right
# I do not trust the cache and calculate everything again
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    h = np.tanh(W1 @ X + b1)
    z = W2 @ h + b2
    out = np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))

    m = Y.shape[1]
    delta = (out - Y) / m
    grads = {"dW2": delta @ h.T, "db2": delta @ np.ones((m, 1))}
    delta = (W2.T @ delta) * (1 - np.tanh(W1 @ X + b1) ** 2)
    grads["dW1"] = delta @ X.T
    grads["db1"] = delta @ np.ones((m, 1))
    return grads
