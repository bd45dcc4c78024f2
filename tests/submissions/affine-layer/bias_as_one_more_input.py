# right
import numpy as np

def backward(x, w, delta):
    ones = np.ones((x.shape[0], 1))
    xa = np.concatenate([x, ones], axis=1)
    g = np.dot(xa.T, delta)
    return {"grad_w": g[:-1, :], "grad_b": g[-1, :], "grad_x": np.dot(delta, w.T)}
