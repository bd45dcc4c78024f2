# wrong: dW=mismatch
# finding: penalty_factor
import numpy as np

def svm_loss(W, b, X, y, reg):
    N = X.shape[0]
    s = X @ W + b
    mask = (s - s[np.arange(N), y][:, None] + 1 > 0).astype(float)
    mask[np.arange(N), y] = 0
    mask[np.arange(N), y] = -mask.sum(axis=1)
    return {"dW": X.T @ mask / N + reg * W, "db": mask.sum(axis=0) / N}
