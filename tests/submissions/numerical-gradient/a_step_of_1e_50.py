# wrong: df=mismatch dg=mismatch dq=mismatch
# finding: step_too_small
import numpy as np


def numerical_gradient(f, x):
    h = 1e-50
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        moved = x.astype(float)
        moved[i] = moved[i] + h
        grad[i] = (f(moved) - f(x)) / h
    return grad
