# not_run: raised
# finding: zeros_takes_a_shape
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    W1, W2 = parameters["W1"], parameters["W2"]
    dW1, dW2 = np.zeros(W1), np.zeros(W2)
    db1, db2 = np.zeros(parameters["b1"]), np.zeros(parameters["b2"])
    m = X.shape[1]
    for i in range(m):
        dz2 = cache["A2"][:, [i]] - Y[:, [i]]
        dz1 = W2.T @ dz2 * (1 - cache["A1"][:, [i]] ** 2)
        dW2 += dz2 @ cache["A1"][:, [i]].T / m
        db2 += dz2 / m
        dW1 += dz1 @ X[:, [i]].T / m
        db1 += dz1 / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
