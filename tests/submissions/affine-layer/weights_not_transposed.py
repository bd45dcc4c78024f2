# not_run: raised
# finding: matmul_not_aligned
import numpy as np

def affine_backward(dout, cache):
    x, w, b = cache
    dx = np.dot(dout, w)
    dw = np.dot(x.T, dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db
