# right
import numpy as np


def numerical_gradient(f, x):
    kept, x = x, x.astype(np.float64)
    grad = np.zeros_like(x)
    for idx in range(x.size):
        old = x.flat[idx]
        values = []
        for sign in (1, -1):
            x.flat[idx] = old + sign * 1e-4
            values.append(f(x))
        x.flat[idx] = old
        grad.flat[idx] = (values[0] - values[1]) / 2e-4
    return grad
