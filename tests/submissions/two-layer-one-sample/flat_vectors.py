# right
import numpy as np

def backward_propagation(parameters, cache, x, y):
    W2 = parameters["W2"]
    a1, a2 = cache["a1"].ravel(), cache["a2"].ravel()
    d2 = a2 - y.ravel()
    d1 = (d2 @ W2) * (1 - np.tanh(cache["z1"].ravel()) ** 2)
    column = lambda v: v.reshape(-1, 1)
    return {
        "dz2": column(d2), "dW2": np.outer(d2, a1), "db2": column(d2),
        "dz1": column(d1), "dW1": np.outer(d1, x), "db1": column(d1),
    }
