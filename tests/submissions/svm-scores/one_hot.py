# right
import numpy as np

def svm_loss(x, y):
    T = np.eye(x.shape[1])[y]
    m = np.maximum(0, (x + 1 - T) - np.sum(x * T, axis=1, keepdims=True))
    H = np.heaviside(m, 0) * (1 - T)
    return np.sum(m * (1 - T)) / len(x), (H - H.sum(axis=1, keepdims=True) * T) / len(x)
