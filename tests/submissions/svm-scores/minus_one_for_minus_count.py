# wrong: dx=mismatch
import numpy as np

def svm_loss(x, y):
    N = x.shape[0]
    rows = np.arange(N)
    margins = np.maximum(0, x - x[rows, y][:, None] + 1.0)
    margins[rows, y] = 0
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[rows, y] = -1
    return margins.sum() / N, dx / N
