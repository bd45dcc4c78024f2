# wrong: dW=mismatch
# finding: penalty_missing
import numpy as np

def svm_loss(W, b, X, y, reg):
    num_train = X.shape[0]
    scores = X.dot(W) + b
    margins = np.maximum(0, scores - scores[np.arange(num_train), y][:, None] + 1)
    margins[np.arange(num_train), y] = 0
    binary = (margins > 0).astype(float)
    binary[np.arange(num_train), y] = -binary.sum(axis=1)
    dW = X.T.dot(binary) / num_train
    db = binary.sum(axis=0) / num_train
    return dW, db
