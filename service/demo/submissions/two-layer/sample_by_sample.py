import numpy as np


def backward_propagation(parameters, cache, X, Y):
    W2 = parameters["W2"]
    A1, A2 = cache["A1"], cache["A2"]
    n_h, m = A1.shape

    dW1 = np.zeros(parameters["W1"].shape)
    db1 = np.zeros(parameters["b1"].shape)
    dW2 = np.zeros(W2.shape)
    db2 = np.zeros(parameters["b2"].shape)
    for i in range(m):
        x, y = X[:, i:i + 1], Y[:, i:i + 1]
        a1, a2 = A1[:, i:i + 1], A2[:, i:i + 1]
        dz2 = a2 - y
        dz1 = W2.T @ dz2 * (1 - a1 * a1)
        dW2 += dz2 @ a1.T
        db2 += dz2
        dW1 += dz1 @ x.T
        db1 += dz1
    return {"dW1": dW1 / m, "db1": db1 / m, "dW2": dW2 / m, "db2": db2 / m}
