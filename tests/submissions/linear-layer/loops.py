# right
import numpy as np

def linear_backward(dZ, cache):
    A_prev, W, b = cache
    dA_prev, dW, db = np.zeros_like(A_prev), np.zeros_like(W), np.zeros_like(b)
    n, m = dZ.shape
    for s in range(m):
        for j in range(n):
            db[j, 0] += dZ[j, s] / m
            dW[j] += dZ[j, s] * A_prev[:, s] / m
            dA_prev[:, s] += W[j] * dZ[j, s]
    return dA_prev, dW, db
