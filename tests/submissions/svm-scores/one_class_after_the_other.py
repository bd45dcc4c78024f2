# right
import numpy as np

def svm_loss(x, y):
    N, C = x.shape
    right = np.array([x[i, y[i]] for i in range(N)])
    loss, dx = 0, np.zeros(x.shape)
    for c in range(C):
        violated = (x[:, c] - right + 1 > 0) & (y != c)
        loss += np.sum(x[violated, c] - right[violated] + 1)
        dx[violated, c] += 1
        np.add.at(dx, (np.where(violated)[0], y[violated]), -1)
    return loss / N, dx / N
