# right
# note: float32
import numpy as np

def sigmoid_backward(dA, cache):
    Z = cache.astype(np.float32)
    s = 1 / (1 + np.exp(-Z))
    return dA.astype(np.float32) * s * (1 - s)
