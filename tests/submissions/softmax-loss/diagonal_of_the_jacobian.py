# wrong: dx=mismatch
# finding: softmax_diagonal
import numpy as np


def softmax_loss(x, y):
    N = x.shape[0]
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(N)
    loss = -np.mean(np.log(p[rows, y]))
    dp = np.zeros_like(p)
    dp[rows, y] = -1 / p[rows, y] / N
    return loss, dp * p * (1 - p)
