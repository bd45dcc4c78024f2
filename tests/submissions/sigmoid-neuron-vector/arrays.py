# right
import numpy as np

def backward(w, x):
    x1 = np.append(x, 1.0)
    s = 1 / (1 + np.exp(-np.dot(w, x1)))
    ddot = s * (1 - s)
    return ddot, ddot * x1, ddot * w[:-1]
