# wrong: dw=mismatch db=follow_through
# finding: target_forgotten
import numpy as np

def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(w.T @ X + b)))
    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return {"dw": X @ A.T / m, "db": np.sum(A) / m}, cost
