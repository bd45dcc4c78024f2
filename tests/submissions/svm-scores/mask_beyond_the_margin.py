# wrong: dx=mismatch
# note: forward_right_backward_wrong
import numpy as np

def svm_loss(x, y):
    N = x.shape[0]
    margins = np.maximum(0, x - x[np.arange(N), y][:, None] + 1)
    margins[np.arange(N), y] = 0
    loss = margins.sum() / N
    dx = np.zeros_like(x)
    dx[margins > 1] = 1
    dx[np.arange(N), y] -= dx.sum(axis=1)
    return loss, dx / N
