import numpy as np


def backward_propagation(parameters, cache, X, Y):
    W2 = parameters["W2"].astype(np.float32)
    A1 = cache["A1"].astype(np.float32)
    A2 = cache["A2"].astype(np.float32)
    X = X.astype(np.float32)
    m = np.float32(X.shape[1])

    dZ2 = A2 - Y.astype(np.float32)
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {
        "dW1": dZ1 @ X.T / m,
        "db1": dZ1.sum(axis=1, keepdims=True) / m,
        "dW2": dZ2 @ A1.T / m,
        "db2": dZ2.sum(axis=1, keepdims=True) / m,
    }
