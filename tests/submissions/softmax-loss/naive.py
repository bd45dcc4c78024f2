# right
import numpy as np

def softmax_loss(x, y):
    num_train, num_classes = x.shape
    loss = 0.0
    dx = np.zeros_like(x)
    for i in range(num_train):
        scores = x[i] - x[i].max()
        total = 0.0
        for j in range(num_classes):
            total += np.exp(scores[j])
        loss += np.log(total) - scores[y[i]]
        for j in range(num_classes):
            dx[i, j] = np.exp(scores[j]) / total
            if j == y[i]:
                dx[i, j] -= 1
    return loss / num_train, dx / num_train
