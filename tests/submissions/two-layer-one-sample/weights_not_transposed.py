# wrong: dW2=missing db2=missing dz1=missing dW1=missing db1=missing
# finding: matmul_not_aligned
import numpy as np

def backward_propagation(parameters, cache, x, y):
    a1, a2 = cache["a1"], cache["a2"]
    dz2 = a2 - y
    dW2 = np.dot(dz2, a1)
    dz1 = np.dot(parameters["W2"], dz2) * (1 - a1 ** 2)
    return {"dz2": dz2, "dW2": dW2, "db2": dz2, "dz1": dz1, "dW1": np.dot(dz1, x), "db1": dz1}
