# right
import numpy as np

def backward(parameters, cache, X, T, eta):
    below = [X, cache["Z1"], cache["Z2"]]
    grads = {}
    delta = (cache["Y"] - T) * 2 / np.shape(X)[1]
    for layer in (3, 2, 1):
        W, Z = parameters[f"W{layer}"], below[layer - 1]
        grads[f"dW{layer}"] = np.dot(delta, Z.T)
        grads[f"W{layer}_new"] = W - eta * grads[f"dW{layer}"]
        delta = np.dot(W.T, delta) * (Z * (1 - Z))
    return grads
