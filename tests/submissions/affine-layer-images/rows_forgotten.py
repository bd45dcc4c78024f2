# wrong: dw=missing db=missing
# 画像を行に直していない
import numpy as np

def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = np.dot(x.T, dout).reshape(w.shape[0] * 2, w.shape[1])
    db = dout.sum(axis=0)
    return dx, dw, db
