# right
import math
import numpy as np

def propagate(w, b, X, Y):
    n_x, m = X.shape
    J, db = 0.0, 0.0
    dw = np.zeros((n_x, 1))
    for i in range(m):
        z = b
        for k in range(n_x):
            z += w[k, 0] * X[k, i]
        a = 1 / (1 + math.exp(-z))
        J += -(Y[0, i] * math.log(a) + (1 - Y[0, i]) * math.log(1 - a))
        for k in range(n_x):
            dw[k, 0] += X[k, i] * (a - Y[0, i])
        db += a - Y[0, i]
    J /= m
    dw /= m
    db /= m
    return {"dw": dw, "db": db}, J
