# wrong: dx=wrong_shape
import numpy as np

def affine_backward(dout, cache):
    x, w, b = cache
    rows = x.reshape(x.shape[0], -1)
    return dout @ w.T, rows.T @ dout, dout.sum(axis=0)
