# not_run: raised
# finding: shapes_do_not_broadcast
import numpy as np

def softmax_loss(x, y):
    N = x.shape[0]
    p = np.exp(x) / np.sum(np.exp(x), axis=1)
    loss = -np.log(p[np.arange(N), y]).mean()
    p[np.arange(N), y] -= 1
    return loss, p / N
