# wrong: dy=mismatch
# finding: numerical_derivative
import numpy as np

def E(y, t):
    return 0.5 * np.sum((y - t) ** 2)

def backward(y, t):
    h = 1e-4
    dy = np.zeros_like(y)
    for i in range(len(y)):
        step = np.zeros_like(y)
        step[i] = h
        dy[i] = (E(y + step, t) - E(y, t)) / h
    return dy
