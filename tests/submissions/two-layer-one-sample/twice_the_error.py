# wrong: dz2=mismatch dW2=follow_through db2=follow_through dz1=follow_through dW1=follow_through db1=follow_through
# finding: factor
import numpy as np

def backward_propagation(parameters, cache, x, y):
    a1, a2 = cache["a1"], cache["a2"]
    dz2 = 2 * (a2 - y)
    dz1 = np.dot(parameters["W2"].T, dz2) * (1 - a1 ** 2)
    return {"dz2": dz2, "dW2": dz2 @ a1.T, "db2": dz2, "dz1": dz1, "dW1": dz1 @ x.T, "db1": dz1}
