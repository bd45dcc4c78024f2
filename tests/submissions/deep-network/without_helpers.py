# right
import numpy as np

def L_model_backward(AL, Y, caches):
    m = Y.shape[1]
    ((X, _, _), Z1), ((A1, W2, _), _) = caches
    dZ2 = (AL - Y) / m
    dZ1 = W2.T @ dZ2
    dZ1[Z1 <= 0] = 0
    return {
        "dW2": dZ2 @ A1.T, "db2": dZ2.sum(axis=1, keepdims=True),
        "dW1": dZ1 @ X.T, "db1": dZ1.sum(axis=1, keepdims=True),
    }
