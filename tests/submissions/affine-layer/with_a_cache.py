# right
def affine_backward(dout, cache):
    x, w, b = cache
    x = x.reshape(x.shape[0], -1)
    dx, dw, db = dout @ w.T, x.T @ dout, dout.sum(axis=0)
    return dx.reshape(cache[0].shape), dw, db
