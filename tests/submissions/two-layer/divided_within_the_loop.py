# wrong: dW2=mismatch db2=mismatch dW1=mismatch db1=mismatch
# finding: averaged_within_loop
import numpy as np
def backward_propagation(parameters, cache, X, Y):
    W1, b1, W2, b2 = (parameters[k] for k in ("W1", "b1", "W2", "b2"))
    A1, A2 = cache["A1"], cache["A2"]
    m = X.shape[1]
    dW1, db1, dW2, db2 = (np.zeros_like(v) for v in (W1, b1, W2, b2))
    for s in range(m):
        dz2 = A2[:, s:s+1] - Y[:, s:s+1]
        dz1 = (W2.T @ dz2) * (1 - A1[:, s:s+1] ** 2)
        dW2 += dz2 @ A1[:, s:s+1].T
        db2 += dz2
        dW1 += dz1 @ X[:, s:s+1].T
        db1 += dz1
        dW1 /= m; dW2 /= m; db1 /= m; db2 /= m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
