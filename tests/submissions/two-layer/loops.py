# right
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    W1, b1, W2, b2 = (parameters[k] for k in ("W1", "b1", "W2", "b2"))
    dW1, db1, dW2, db2 = (np.zeros_like(v) for v in (W1, b1, W2, b2))
    m = X.shape[1]
    for s in range(m):
        dz2 = [cache["A2"][k, s] - Y[k, s] for k in range(W2.shape[0])]
        for k, d in enumerate(dz2):
            db2[k, 0] += d / m
            for j in range(W2.shape[1]):
                dW2[k, j] += d * cache["A1"][j, s] / m
        for j in range(W1.shape[0]):
            d = sum(W2[k, j] * dz2[k] for k in range(W2.shape[0])) * (1 - cache["A1"][j, s] ** 2)
            db1[j, 0] += d / m
            for i in range(W1.shape[1]):
                dW1[j, i] += d * X[i, s] / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
