# right
# 列ベクトルで考えてから転置で戻す
def affine_backward(dout, cache):
    x, w, b = cache
    X, D = x.T, dout.T
    dX = w @ D
    dW = D @ X.T
    db = D.sum(axis=1)
    return dX.T, dW.T, db
