# wrong: dx=mismatch
# finding: activation_for_derivative
import numpy as np

def relu_backward(dout, cache):
    return dout * np.maximum(0, cache)
