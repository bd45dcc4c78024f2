# wrong: dx=mismatch
# finding: mask_inverted
import numpy as np

def svm_loss(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros_like(x)
    for i in range(N):
        for j in range(C):
            if j == y[i]:
                continue
            margin = x[i, j] - x[i, y[i]] + 1
            if margin > 0:
                loss += margin
            else:
                dx[i, j] += 1
                dx[i, y[i]] -= 1
    return loss / N, dx / N
