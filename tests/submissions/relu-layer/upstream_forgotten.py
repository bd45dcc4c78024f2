# wrong: dx=mismatch
# finding: factor_dropped
import numpy as np

def relu_backward(dout, cache):
    dx = np.zeros_like(cache)
    dx[cache > 0] = 1
    return dx
