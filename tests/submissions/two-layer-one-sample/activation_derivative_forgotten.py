# wrong: dz1=mismatch dW1=follow_through db1=follow_through
# finding: activation_derivative_missing
import numpy as np

def backward_propagation(parameters, cache, x, y):
    dz2 = cache["a2"] - y
    dz1 = np.dot(parameters["W2"].T, dz2)
    return {
        "dz2": dz2, "dW2": np.dot(dz2, cache["a1"].T), "db2": dz2,
        "dz1": dz1, "dW1": np.dot(dz1, x.T), "db1": dz1,
    }
