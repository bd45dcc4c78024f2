# wrong: dW=mismatch db=follow_through
# finding: first_sample_left_out
import numpy as np

def svm_loss(W, b, X, y, reg):
    dW = np.zeros(W.shape)
    db = np.zeros(b.shape)
    num_train, num_classes = X.shape[0], W.shape[1]
    for i in range(1, num_train):
        scores = X[i].dot(W) + b
        for j in range(num_classes):
            if j == y[i]:
                continue
            if scores[j] - scores[y[i]] + 1 > 0:
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
                db[j] += 1
                db[y[i]] -= 1
    dW /= num_train
    db /= num_train
    dW += reg * 2 * W
    return dW, db
