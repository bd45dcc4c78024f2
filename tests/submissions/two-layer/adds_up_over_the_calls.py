# wrong: dW2=mismatch db2=mismatch dW1=mismatch db1=mismatch
# finding: accumulates_over_calls
import numpy as np
from collections import defaultdict

grads = defaultdict(float)

def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    A1, A2 = cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dZ1 = np.dot(parameters["W2"].T, dZ2) * (1 - np.power(A1, 2))
    grads["dW2"] += np.dot(dZ2, A1.T) / m
    grads["db2"] += np.sum(dZ2, axis=1, keepdims=True) / m
    grads["dW1"] += np.dot(dZ1, X.T) / m
    grads["db1"] += np.sum(dZ1, axis=1, keepdims=True) / m
    return grads
