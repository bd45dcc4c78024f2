# right
import numpy as np

def sigmoid_prime(u):
    s = 1 / (1 + np.exp(-u))
    return s * (1 - s)

def backward(parameters, cache, X, T, eta):
    m = X.shape[1]
    W1, W2 = parameters["W1"], parameters["W2"]
    dY = 2.0 / m * (cache["Y"] - T)
    dU1 = np.dot(W2.T, dY) * sigmoid_prime(cache["U1"])
    grads = {"dW2": np.dot(dY, cache["Z1"].T), "dW1": np.dot(dU1, X.T)}
    for k in (1, 2):
        grads[f"W{k}_new"] = parameters[f"W{k}"] - eta * grads[f"dW{k}"]
    return grads
