# right
import numpy as np

def propagate(w, b, X, Y):
    m = Y.size
    A = 1.0 / (1.0 + np.exp(-(w.T @ X + b)))
    cost = -np.mean(np.where(Y == 1, np.log(A), np.log1p(-A)))
    dA = (-Y / A + (1 - Y) / (1 - A)) / m
    dZ = dA * A * (1 - A)
    dw = (X * dZ).sum(axis=1, keepdims=True)
    db = float(dZ.sum())
    return dict(db=db, dw=dw), cost
