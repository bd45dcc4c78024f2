# right
import numpy as np

def propagate(w, b, X, Y):
    A = X.T @ w + b
    np.negative(A, out=A)
    np.exp(A, out=A)
    A += 1
    np.reciprocal(A, out=A)
    A -= Y.T
    A /= len(A)
    return {"dw": X @ A, "db": A.sum()}, None
