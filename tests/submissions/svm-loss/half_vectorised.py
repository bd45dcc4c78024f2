# right
import numpy as np

def svm_loss(W, b, X, y, reg):
    N = X.shape[0]
    dW, db = 2 * reg * W, np.zeros_like(b)
    for i in range(N):
        s = X[i] @ W + b
        over = (s - s[y[i]] + 1 > 0) * 1.0
        over[y[i]] = 0
        over[y[i]] = -over.sum()
        dW += np.outer(X[i], over) / N
        db += over / N
    return dW, db
