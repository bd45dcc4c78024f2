# right
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    W2 = parameters["W2"]
    Z1, A1, A2 = cache["Z1"], cache["A1"], cache["A2"]
    inv_m = 1.0 / X.shape[1]

    dZ2 = A2 - Y
    dW2 = inv_m * dZ2 @ A1.T
    db2 = inv_m * dZ2.sum(axis=1, keepdims=True)

    ep, en = np.exp(Z1), np.exp(-Z1)
    gprime = 4.0 / (ep + en) ** 2
    dZ1 = (W2.T @ dZ2) * gprime
    dW1 = inv_m * dZ1 @ X.T
    db1 = inv_m * dZ1.sum(axis=1, keepdims=True)
    return dW1, db1, dW2, db2
