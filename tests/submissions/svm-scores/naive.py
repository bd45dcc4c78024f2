# right
import numpy as np

def svm_loss(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for i in range(N):
        for j in range(C):
            if j == y[i]:
                continue
            margin = x[i, j] - x[i, y[i]] + 1
            if margin > 0:
                loss += margin / N
                dx[i, j] += 1 / N
                dx[i, y[i]] -= 1 / N
    return loss, dx
