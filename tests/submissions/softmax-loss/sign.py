# wrong: dx=mismatch
# finding: sign
import numpy as np

def softmax_loss(x, y):
    N, C = x.shape
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(N), y]).mean()
    return loss, (np.eye(C)[y] - p) / N
