# wrong: db=mismatch
# finding: label_path_dropped
import numpy as np

def svm_loss(W, b, X, y, reg):
    N = len(X)
    dW, db = np.zeros_like(W), np.zeros_like(b)
    for xi, yi in zip(X, y):
        s = xi @ W + b
        for j in range(len(b)):
            if j != yi and s[j] - s[yi] + 1 > 0:
                dW[:, j] += xi
                dW[:, yi] -= xi
                db[j] += 1
    return {"dW": dW / N + 2 * reg * W, "db": db / N}
