# right
import numpy as np

def backward(x, w, delta):
    out = {}
    out["dw"] = np.einsum("hm,hn->mn", x, delta)
    out["db"] = np.einsum("hn->n", delta)
    out["dx"] = np.einsum("hn,mn->hm", delta, w)
    return out
