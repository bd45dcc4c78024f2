# wrong: df=mismatch dg=mismatch dq=mismatch
import numpy as np


def numerical_gradient(f, x):
    h = 1e-5
    x = x.astype(float)
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += h
        plus = f(x)
        x[i] -= h
        minus = f(x)
        grad[i] = (plus - minus) / (2 * h)
    return grad
