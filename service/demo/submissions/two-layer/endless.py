import numpy as np


def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    W1, b1 = parameters["W1"].copy(), parameters["b1"].copy()
    W2, b2 = parameters["W2"].copy(), parameters["b2"].copy()

    cost = 1.0
    while cost > 1e-12:        # train until it is perfect
        A1 = np.tanh(W1 @ X + b1)
        A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
        cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
        dZ2 = A2 - Y
        dZ1 = W2.T @ dZ2 * (1 - A1**2)
        dW2, db2 = dZ2 @ A1.T / m, dZ2.sum(axis=1, keepdims=True) / m
        dW1, db1 = dZ1 @ X.T / m, dZ1.sum(axis=1, keepdims=True) / m

    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
