# wrong: dW2=mismatch db2=follow_through dW1=follow_through db1=follow_through
# finding: activation_derivative_twice
import numpy as np

def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    W2 = parameters["W2"]
    A1, A2 = cache["A1"], cache["A2"]
    sigma_prime = A2 * (1 - A2)
    delta2 = (A2 - Y) * sigma_prime
    delta1 = (W2.T @ delta2) * (1 - A1 ** 2)
    return {
        "dW1": delta1 @ X.T / m, "db1": delta1.mean(axis=1, keepdims=True),
        "dW2": delta2 @ A1.T / m, "db2": delta2.mean(axis=1, keepdims=True),
    }
