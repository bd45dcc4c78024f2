# wrong: dw=mismatch
# order="F" is another order of the pixels than the forward pass has
def affine_backward(dout, cache):
    x, w, b = cache
    rows = x.reshape(x.shape[0], -1, order="F")
    dw = rows.T @ dout
    dx = (dout @ w.T).reshape(x.shape)
    return dx, dw, dout.sum(axis=0)
