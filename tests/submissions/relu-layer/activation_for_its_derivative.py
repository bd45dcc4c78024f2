# wrong: dx=mismatch
import numpy as np

def relu_backward(dout, cache):
    return dout * np.maximum(0, cache)
