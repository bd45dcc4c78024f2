# right
# note: epsilon
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    eps = 1e-8  # 0除算を避ける
    m = X.shape[1]
    W2 = parameters["W2"]
    A1, A2 = cache["A1"], cache["A2"]

    dA2 = -(Y / (A2 + eps)) + (1 - Y) / (1 - A2 + eps)
    dZ2 = dA2 * A2 * (1 - A2)
    dW2 = 1 / m * np.dot(dZ2, A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(W2.T, dZ2)
    dZ1 = dA1 * (1 - A1 * A1)
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
