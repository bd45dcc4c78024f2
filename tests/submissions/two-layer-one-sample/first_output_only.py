# wrong: dz1=mismatch dW1=follow_through db1=follow_through
# finding: path_dropped
import numpy as np

def backward_propagation(parameters, cache, x, y):
    W2, a1, a2 = parameters["W2"], cache["a1"], cache["a2"]
    dz2 = a2 - y
    # back along the arrow from the output to each hidden unit
    da1 = np.array([[W2[0, j] * dz2[0, 0]] for j in range(W2.shape[1])])
    dz1 = da1 * (1 - a1 ** 2)
    return {"dz2": dz2, "dW2": dz2 @ a1.T, "db2": dz2, "dz1": dz1, "dW1": dz1 @ x.T, "db1": dz1}
