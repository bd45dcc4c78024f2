# wrong: dx=mismatch
# finding: not_averaged
import numpy as np

def svm_loss(x, y):
    N = x.shape[0]
    correct = x[np.arange(N), y].reshape(N, 1)
    margins = np.maximum(0, x - correct + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    return loss, dx
