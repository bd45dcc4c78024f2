# wrong: dz1=mismatch dW1=follow_through db1=follow_through
# finding: gradient_for_value
import numpy as np

def backward_propagation(parameters, cache, x, y):
    a1, a2 = cache["a1"], cache["a2"]
    dz2 = a2 - y
    dW2 = np.dot(dz2, a1.T)
    dz1 = np.dot(dW2.T, dz2) * (1 - a1 ** 2)
    dW1 = np.dot(dz1, x.T)
    return {"dz2": dz2, "dW2": dW2, "db2": dz2, "dz1": dz1, "dW1": dW1, "db1": dz1}
