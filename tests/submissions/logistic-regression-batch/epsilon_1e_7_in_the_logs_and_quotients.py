# right
# note: epsilon
import numpy as np

def propagate(w, b, X, Y):
    eps = 1e-7
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -np.mean(Y * np.log(A + eps) + (1 - Y) * np.log(1 - A + eps))
    dA = -Y / (A + eps) + (1 - Y) / (1 - A + eps)
    dZ = dA * A * (1 - A)
    return {"dw": np.dot(X, dZ.T) / m, "db": np.sum(dZ) / m}, cost
