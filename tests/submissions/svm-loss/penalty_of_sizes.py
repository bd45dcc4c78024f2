# wrong: dW=mismatch
# finding: other_penalty
import numpy as np

def svm_loss(W, b, X, y, reg):
    N = X.shape[0]
    scores = X @ W + b
    correct = scores[np.arange(N), y][:, None]
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(N), y] = 0
    dscores = (margins > 0) * 1.0
    dscores[np.arange(N), y] = -dscores.sum(axis=1)
    return {"dW": X.T @ dscores / N + reg * np.sign(W), "db": dscores.sum(axis=0) / N}
