# right
# note: float32
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    f = np.float32
    m = X.shape[1]
    W2 = parameters["W2"].astype(f)
    A1, A2 = cache["A1"].astype(f), cache["A2"].astype(f)
    X, Y = X.astype(f), Y.astype(f)
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / f(m)
    db2 = np.sum(dZ2, axis=1, keepdims=True) / f(m)
    dZ1 = np.dot(W2.T, dZ2) * (1 - A1 ** 2)
    dW1 = np.dot(dZ1, X.T) / f(m)
    db1 = np.sum(dZ1, axis=1, keepdims=True) / f(m)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
