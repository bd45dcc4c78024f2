# wrong: loss=mismatch dx=mismatch
# finding: softmax_over_everything
import numpy as np

def softmax_loss(x, y):
    N = x.shape[0]
    p = np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x)))
    loss = -np.sum(np.log(p[np.arange(N), y])) / N
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx / N
