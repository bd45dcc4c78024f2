# wrong: dA_prev=mismatch
# finding: averaged_twice
import numpy as np

def linear_backward(dZ, cache):
    A_prev, W, b = cache
    dZ = dZ / A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ, axis=1, keepdims=True)
    return np.dot(W.T, dZ), dW, db
