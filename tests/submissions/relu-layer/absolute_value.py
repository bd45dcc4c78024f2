# right
# relu(x) = (x + |x|) / 2
import numpy as np

def relu_backward(dout, cache):
    d_identity = np.ones_like(cache)
    d_abs = cache / np.abs(cache)
    return (d_identity + d_abs) / 2 * dout
