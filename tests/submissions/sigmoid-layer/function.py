# right
import numpy as np

def sigmoid_backward(dA, cache):
    Z = cache
    e = np.exp(-Z)
    return dA * e / (1 + e) ** 2
