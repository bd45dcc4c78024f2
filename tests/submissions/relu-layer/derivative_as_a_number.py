# right
import numpy as np

def relu_backward(dout, cache):
    return 0.5 * (np.sign(cache) + 1) * dout
