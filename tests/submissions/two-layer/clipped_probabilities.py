# right
# clip the output so that it is never exactly 0 or 1
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    epsilon = 1e-7
    m = Y.shape[1]
    p = np.clip(cache["A2"], epsilon, 1 - epsilon)
    back = (p - Y) / (p * (1 - p)) * cache["A2"] * (1 - cache["A2"])
    hidden = parameters["W2"].T @ back * (1 - cache["A1"] ** 2)
    return {
        "dW1": hidden @ X.T / m,
        "db1": hidden.sum(axis=1, keepdims=True) / m,
        "dW2": back @ cache["A1"].T / m,
        "db2": back.sum(axis=1, keepdims=True) / m,
    }
