# wrong: dW3=mismatch dW2=follow_through dW1=mismatch
# finding: other_activation
# finding: activation_derivative_missing
import numpy as np

def backward(parameters, cache, X, T, eta):
    W1, W2, W3, W4 = (parameters["W%d" % k] for k in (1, 2, 3, 4))
    Z1, Z2, Z3 = cache["Z1"], cache["Z2"], cache["Z3"]
    d4 = 2 * (cache["Y"] - T) / X.shape[1]
    d3 = np.dot(W4.T, d4) * (1 - Z3 ** 2)
    d2 = np.dot(W3.T, d3) * Z2 * (1 - Z2)
    d1 = np.dot(W2.T, d2)
    g = [np.dot(d4, Z3.T), np.dot(d3, Z2.T), np.dot(d2, Z1.T), np.dot(d1, X.T)]
    return g + [W4 - eta * g[0], W3 - eta * g[1], W2 - eta * g[2], W1 - eta * g[3]]
