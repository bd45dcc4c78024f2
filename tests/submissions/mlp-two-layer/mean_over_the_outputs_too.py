# wrong: dW2=mismatch dW1=follow_through
# finding: averaged_twice
import numpy as np

def backward(parameters, cache, X, T, eta):
    W1, W2, Z1 = parameters["W1"], parameters["W2"], cache["Z1"]
    # mse: mean of (Y - T)^2
    dY = 2 * (cache["Y"] - T) / T.size
    dW2 = np.dot(dY, Z1.T)
    dZ1 = np.dot(W2.T, dY)
    dW1 = np.dot(dZ1 * Z1 * (1 - Z1), X.T)
    return dW2, dW1, W2 - eta * dW2, W1 - eta * dW1
