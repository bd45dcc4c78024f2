# right
import numpy as np

def backward_propagation(X, Y, cache, params):
    m = Y.shape[1]
    d2 = (cache["A2"] - Y) / m
    d1 = np.einsum("kj,km->jm", params["W2"], d2) * (1 - np.tanh(cache["Z1"]) ** 2)
    grads = {}
    grads["dW2"] = np.einsum("km,jm->kj", d2, cache["A1"])
    grads["dW1"] = np.einsum("jm,im->ji", d1, X)
    grads["db2"] = d2.sum(1, keepdims=True)
    grads["db1"] = d1.sum(1)[:, None]
    return grads
