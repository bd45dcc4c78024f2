# wrong: dx=mismatch
# finding: activation_derivative_twice
import numpy as np

def backward(x, t):
    e = np.exp(x)
    y = e / e.sum(axis=1, keepdims=True)
    return (y - t) * y * (1 - y) / len(x)
