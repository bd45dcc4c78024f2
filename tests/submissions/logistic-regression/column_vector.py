# right
import numpy as np


def backward_column(w, b, x, y):
    z = np.dot(w.T, x).item() + b
    a = 1 / (1 + np.exp(-z))
    dz = a - y
    return {"da": -y / a + (1 - y) / (1 - a), "dz": dz, "dw": x * dz, "db": dz}
