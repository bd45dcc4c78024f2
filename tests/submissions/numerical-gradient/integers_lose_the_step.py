# wrong: dq=mismatch
# finding: integers_cut
import numpy as np


def numerical_gradient(f, x):
    h = 1e-4
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        i = it.multi_index
        kept = x[i]
        x[i] = kept + h
        up = f(x)
        x[i] = kept - h
        down = f(x)
        grad[i] = (up - down) / (2 * h)
        x[i] = kept
        it.iternext()
    return grad
