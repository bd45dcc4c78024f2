# right
import numpy as np

def f_prime(z):
    return z - z * z

def backward(parameters, cache, X, T, eta):
    W1, W2, W3 = parameters["W1"], parameters["W2"], parameters["W3"]
    total = [np.zeros_like(W3), np.zeros_like(W2), np.zeros_like(W1)]
    m = X.shape[1]
    for s in range(m):
        z1, z2 = cache["Z1"][:, s], cache["Z2"][:, s]
        d3 = 2 * (cache["Y"][:, s] - T[:, s])
        d2 = np.diag(f_prime(z2)) @ W3.T @ d3
        d1 = np.diag(f_prime(z1)) @ W2.T @ d2
        for sum_, d, z in zip(total, (d3, d2, d1), (z2, z1, X[:, s])):
            sum_ += np.outer(d, z) / m
    new = [W - eta * dW for W, dW in zip((W3, W2, W1), total)]
    return (*total, *new)
