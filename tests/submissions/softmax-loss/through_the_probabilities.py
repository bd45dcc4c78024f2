# right
# 正解クラスの確率から逆向きに
import numpy as np

def softmax_loss(x, y):
    e = np.exp(x)
    p = e / e.sum(axis=1).reshape(-1, 1)
    n = len(y)
    right = np.take_along_axis(p, y[:, None], axis=1)
    dp = np.zeros(p.shape)
    np.put_along_axis(dp, y[:, None], -1 / right / n, axis=1)
    dx = p * (dp - np.sum(p * dp, axis=1, keepdims=True))
    return -np.log(right).sum() / n, dx
