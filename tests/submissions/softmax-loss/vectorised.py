# right
import numpy as np

def softmax_loss(x, y):
    N = x.shape[0]
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    loss = np.mean(-np.log(p[range(N), y]))
    dx = p
    dx[range(N), y] -= 1
    dx /= N
    return loss, dx
