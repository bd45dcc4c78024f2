# right
# note: float32
import numpy as np

def backward_propagation(parameters, cache, x, y):
    W2 = np.asarray(parameters["W2"], dtype="float32")
    a1 = np.asarray(cache["a1"], dtype="float32")
    a2 = np.asarray(cache["a2"], dtype="float32")
    x, y = np.float32(x), np.float32(y)
    dz2 = a2 - y
    dz1 = W2.T @ dz2 * (1 - a1 ** 2)
    return {"dz2": dz2, "dW2": dz2 @ a1.T, "db2": dz2, "dz1": dz1, "dW1": dz1 @ x.T, "db1": dz1}
