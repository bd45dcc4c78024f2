# wrong: dW2=mismatch db2=follow_through dW1=follow_through db1=follow_through
# finding: activation_replaced
import numpy as np
def backward(parameters, X, y, reg):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    N = X.shape[0]
    a = X @ W1 + b1
    h = np.tanh(a)
    s = h @ W2 + b2
    s = s - s.max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    ds = p.copy()
    ds[np.arange(N), y] -= 1
    ds /= N
    dW2 = h.T @ ds + reg * W2
    db2 = ds.sum(axis=0)
    dh = ds @ W2.T
    dh = dh * (1 - h ** 2)
    dW1 = X.T @ dh + reg * W1
    db1 = dh.sum(axis=0)
    return dW2, db2, dW1, db1
