# wrong: dx=mismatch
# finding: other_activation
import numpy as np

def sigmoid_backward(dA, cache):
    s = 1 / (1 + np.exp(-cache))
    return dA * (1 - s ** 2)
