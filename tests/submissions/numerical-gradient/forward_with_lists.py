# right
import numpy as np


def numerical_gradient(f, x, eps=1e-6):
    """One side is enough with a small step."""
    flat = x.astype(float).ravel()
    base = f(flat.reshape(x.shape))
    out = []
    for k in range(flat.size):
        moved = flat.copy()
        moved[k] += eps
        out.append((f(moved.reshape(x.shape)) - base) / eps)
    return np.array(out).reshape(x.shape)
