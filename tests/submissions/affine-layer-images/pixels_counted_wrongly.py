# not_run: raised
# finding: reshape_does_not_fit
import numpy as np

def affine_backward(dout, cache):
    x, w, b = cache
    rows = x.reshape(x.shape[0], x.shape[1])
    dx = np.dot(dout, w.T).reshape(x.shape)
    return dx, np.dot(rows.T, dout), np.sum(dout, axis=0)
