# wrong: dW=mismatch db=follow_through
# finding: other_loss
import numpy as np

def svm_loss(W, b, X, y, reg):
    N = X.shape[0]
    scores = X @ W + b
    correct = scores[np.arange(N), y][:, None]
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(N), y] = 0
    dscores = 2 * margins
    dscores[np.arange(N), y] = -dscores.sum(axis=1)
    return {"dW": X.T @ dscores / N + 2 * reg * W, "db": dscores.sum(axis=0) / N}
