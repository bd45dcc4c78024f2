# right
import numpy as np

def affine_backward(dout, cache):
    x, w, b = cache
    dw = np.tensordot(x, dout, axes=(0, 0)).reshape(w.shape)
    dx = np.tensordot(dout, w, axes=(1, 1)).reshape(x.shape)
    db = np.ones(len(dout)).dot(dout)
    return dx, dw, db
