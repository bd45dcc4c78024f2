# right
# note: epsilon
import numpy as np

eps = 1e-5
dA2 = -np.divide(Y, A2 + eps) + np.divide(1 - Y, 1 - A2 + eps)
dZ2 = dA2 * A2 * (1 - A2)
dW2 = dZ2 @ A1.T / m
db2 = dZ2.sum(axis=1, keepdims=True) / m
dA1 = W2.T @ dZ2
dZ1 = dA1 * (1 - A1 ** 2)
dW1 = dZ1 @ X.T / m
db1 = dZ1.sum(axis=1, keepdims=True) / m
