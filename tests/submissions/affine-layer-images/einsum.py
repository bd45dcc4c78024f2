# right
import numpy as np

def affine_backward(dout, cache):
    x, w, _ = cache
    N, d1, d2 = x.shape
    w3 = w.reshape(d1, d2, -1)
    dx = np.einsum("nm,ijm->nij", dout, w3)
    dw = np.einsum("nij,nm->ijm", x, dout).reshape(w.shape)
    return {"dx": dx, "dw": dw, "db": np.einsum("nm->m", dout)}
