# right
import numpy as np

def backward(parameters, X, y, reg):
    W1, b1, W2, b2 = (parameters[k] for k in ("W1", "b1", "W2", "b2"))
    pre = np.einsum("nd,dh->nh", X, W1) + b1
    h = pre * (pre > 0)
    s = np.einsum("nh,hc->nc", h, W2) + b2
    ds = np.exp(s - np.logaddexp.reduce(s, axis=1)[:, None])
    ds -= np.arange(len(b2)) == y[:, None]
    ds /= len(y)
    dpre = np.einsum("nc,hc->nh", ds, W2) * np.heaviside(pre, 0)
    return {
        "dW1": np.einsum("nd,nh->dh", X, dpre) + reg * W1, "db1": dpre.sum(0),
        "dW2": np.einsum("nh,nc->hc", h, ds) + reg * W2, "db2": ds.sum(0),
    }
