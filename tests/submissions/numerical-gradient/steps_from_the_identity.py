# right
import numpy as np


def numerical_gradient(f, x):
    h = 1e-5
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    slopes = [(f(x + e) - f(x - e)) / (2 * h) for e in steps]
    return np.reshape(slopes, x.shape)
