# wrong: dx=mismatch
# finding: label_of_every_row
# [:, y] takes these columns in every row
import numpy as np

def softmax_loss(x, y):
    N = x.shape[0]
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    loss = -np.sum(np.log(p[np.arange(N), y])) / N
    dx = p.copy()
    dx[:, y] -= 1
    return loss, dx / N
