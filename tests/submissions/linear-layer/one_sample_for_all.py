# wrong: db=wrong_shape
# finding: bias_not_summed
# finding: shape_not_summed
import numpy as np

def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    return W.T @ dZ, dZ @ A_prev.T / m, dZ / m
