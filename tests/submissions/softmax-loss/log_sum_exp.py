# right
import numpy as np

def softmax_loss(x, y):
    N = len(x)
    lse = np.logaddexp.reduce(x, axis=1)
    loss = np.mean(lse - x[np.arange(N), y])
    dx = np.exp(x - lse[:, None])
    np.subtract.at(dx, (np.arange(N), y), 1.0)
    return loss, dx / N
