# wrong: df=mismatch dg=mismatch dq=mismatch
# finding: input_not_restored
import numpy as np


def numerical_gradient(f, x):
    h = 1e-4
    # x is never put back
    grad = np.zeros_like(x, dtype=float)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        i = it.multi_index
        kept = x[i]
        x[i] = kept + h
        up = f(x)
        x[i] = kept - h
        down = f(x)
        grad[i] = (up - down) / (2 * h)
        pass
        it.iternext()
    return grad
