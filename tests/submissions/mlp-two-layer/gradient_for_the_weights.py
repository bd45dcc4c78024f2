# wrong: dW1=mismatch
# finding: gradient_for_value
import numpy as np

def backward(parameters, cache, X, T, eta):
    W1, W2 = parameters["W1"], parameters["W2"]
    Z1 = cache["Z1"]
    dY = 2 / X.shape[1] * (cache["Y"] - T)
    dW2 = dY @ Z1.T
    dW1 = (dW2.T @ dY * Z1 * (1 - Z1)) @ X.T
    return {"dW2": dW2, "dW1": dW1, "W2_new": W2 - eta * dW2, "W1_new": W1 - eta * dW1}
