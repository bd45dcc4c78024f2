# wrong: dW3=mismatch dW2=mismatch dW1=mismatch
# finding: activation_derivative_at_wrong_value
import numpy as np

def sigmoid_prime(u):
    s = 1 / (1 + np.exp(-u))
    return s * (1 - s)

def backward(parameters, cache, X, T, eta):
    W1, W2, W3, W4 = (parameters[k] for k in ("W1", "W2", "W3", "W4"))
    Z1, Z2, Z3 = cache["Z1"], cache["Z2"], cache["Z3"]
    d4 = 2 * (cache["Y"] - T) / X.shape[1]
    d3 = W4.T @ d4 * sigmoid_prime(Z3)   # U3 belongs here
    d2 = W3.T @ d3 * sigmoid_prime(Z2)
    d1 = W2.T @ d2 * sigmoid_prime(Z1)
    grads = [d4 @ Z3.T, d3 @ Z2.T, d2 @ Z1.T, d1 @ X.T]
    return grads + [W - eta * g for W, g in zip([W4, W3, W2, W1], grads)]
