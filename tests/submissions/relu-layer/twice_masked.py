# right
import numpy as np

def relu_backward(dout, cache):
    x = cache
    mask = (x > 0).astype(float)
    dx = dout * mask
    dx[x <= 0] = 0   # to be safe
    return dx
