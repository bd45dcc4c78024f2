# wrong: dx=mismatch
# finding: sign
import numpy as np

def svm_loss(x, y):
    N = x.shape[0]
    rows = np.arange(N)
    margins = np.maximum(0, x - x[rows, y][:, None] + 1.0)
    margins[rows, y] = 0
    loss = margins.sum() / N
    dx = -(margins > 0).astype(float)
    dx[rows, y] = (margins > 0).sum(axis=1)
    return loss, dx / N
