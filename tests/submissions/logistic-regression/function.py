# right
import numpy as np

def backward(w, b, x, y):
    z = (np.dot(w, x) + b).item()
    a = 1 / (1 + np.exp(-z))
    dz = a - y
    return {"da": (a - y) / (a * (1 - a)), "dz": dz, "dw": dz * x.T, "db": dz}
