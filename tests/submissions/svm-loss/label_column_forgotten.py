# wrong: dW=mismatch db=follow_through
# finding: label_path_dropped
import numpy as np

def svm_loss(W, b, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    ds = np.zeros((N, C))
    for i in range(N):
        s = X[i] @ W + b
        for j in range(C):
            if j != y[i] and s[j] - s[y[i]] + 1 > 0:
                ds[i, j] = 1
    ds /= N
    return X.T @ ds + 2 * reg * W, ds.sum(axis=0)
