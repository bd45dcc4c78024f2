# right
# p_j = 1 / sum_k exp(s_k - s_j), which cannot overflow in the denominator as badly
import numpy as np

def softmax_loss(x, y):
    n = x.shape[0]
    diff = x[:, None, :] - x[:, :, None]
    p = 1 / np.exp(diff).sum(axis=2)
    target = (y[:, None] == np.arange(x.shape[1])).astype(int)
    return -np.log((p * target).sum(axis=1)).sum() / n, (p - target) / n
