# wrong: db=mismatch
# finding: averaged_twice
import numpy as np

def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.mean(dZ, axis=1, keepdims=True) / m
    return np.dot(W.T, dZ), dW, db
