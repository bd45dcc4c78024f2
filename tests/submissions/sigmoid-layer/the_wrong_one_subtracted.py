# wrong: dx=mismatch
# finding: sign
import numpy as np

def sigmoid_backward(dA, cache):
    s = 1 / (1 + np.exp(-cache))
    dZ = dA * s * (s - 1)
    return dZ
