# right
# note: float32
import numpy as np

def propagate(w, b, X, Y):
    w, X, Y = (np.array(v, dtype=np.float32) for v in (w, X, Y))
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + np.float32(b))))
    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return {"dw": np.dot(X, (A - Y).T) / m, "db": np.mean(A - Y)}, cost
