# right
import numpy as np

def svm_loss(W, b, X, y, reg):
    num_train = X.shape[0]
    scores = X.dot(W) + b
    correct = scores[np.arange(num_train), y].reshape(-1, 1)
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(num_train), y] = 0

    dscores = np.zeros_like(scores)
    dscores[margins > 0] = 1
    dscores[np.arange(num_train), y] = -np.sum(margins > 0, axis=1)
    dscores /= num_train

    dW = X.T.dot(dscores) + 2 * reg * W
    db = dscores.sum(axis=0)
    return {"dW": dW, "db": db}
