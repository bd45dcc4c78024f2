# right
import numpy as np

def backward_propagation(parameters, cache, x, y):
    W2 = parameters["W2"]
    a1, a2 = cache["a1"], cache["a2"]
    grads = {}
    grads["dz2"] = grads["db2"] = np.subtract(a2, y)
    grads["dW2"] = np.outer(grads["dz2"], a1)
    grads["dz1"] = np.multiply(np.dot(W2.T, grads["dz2"]), 1 - np.power(a1, 2))
    grads["db1"] = grads["dz1"]
    grads["dW1"] = np.outer(grads["dz1"], x)
    return grads
