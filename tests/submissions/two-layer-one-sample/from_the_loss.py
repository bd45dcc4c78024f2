# right
# every step by its own local derivative, nothing simplified by hand
import numpy as np

def backward_propagation(parameters, cache, x, y):
    z1, a1, z2, a2 = (cache[k] for k in ("z1", "a1", "z2", "a2"))
    da2 = -y / a2 + (1 - y) / (1 - a2)
    dz2 = da2 * np.exp(-z2) / (1 + np.exp(-z2)) ** 2
    da1 = parameters["W2"].T.dot(dz2)
    dz1 = da1 / np.cosh(z1) ** 2
    return dz2, dz2 * a1.T, dz2.copy(), dz1, dz1 * x.T, dz1.copy()
