# wrong: dx=mismatch
# finding: label_path_dropped
import numpy as np

def svm_loss(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for i in range(N):
        for j in range(C):
            margin = x[i, j] - x[i, y[i]] + 1
            if j != y[i] and margin > 0:
                loss += margin
                dx[i, j] += 1
    return loss / N, dx / N
