import numpy as np


def backward_propagation(parameters, cache, X, Y):
    """Returns all six gradients, dZ2 and dZ1 too."""
    W2 = parameters["W2"]
    Z1, A1, A2 = cache["Z1"], cache["A1"], cache["A2"]
    m = Y.shape[1]

    grads = {}
    grads["dZ2"] = A2 - Y
    grads["dW2"] = grads["dZ2"] @ A1.T / m
    grads["db2"] = grads["dZ2"].mean(axis=1, keepdims=True)
    grads["dZ1"] = (W2.T @ grads["dZ2"]) / np.cosh(Z1) ** 2
    grads["dW1"] = grads["dZ1"] @ X.T / m
    grads["db1"] = grads["dZ1"].mean(axis=1, keepdims=True)
    return grads
