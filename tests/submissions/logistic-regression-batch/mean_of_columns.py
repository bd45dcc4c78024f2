# right
import numpy as np

def propagate(w, b, X, Y):
    z = w[:, 0] @ X + b
    p = np.exp(z - np.logaddexp(z, 0))
    cost = np.mean(np.logaddexp(0, z) - Y[0] * z)
    err = p - Y[0]
    dw = np.average(X, axis=1, weights=np.ones(len(err)))[:, None] * 0
    for column, e in zip(X.T, err):
        dw += (column * e / len(err))[:, None]
    return {"dw": dw, "db": np.average(err)}, cost
