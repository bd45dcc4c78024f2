# wrong: db1=mismatch
# finding: bias_from_weights
import numpy as np

dZ2 = A2 - Y
dW2 = dZ2 @ A1.T / m
db2 = np.mean(dZ2, axis=1, keepdims=True)
dZ1 = W2.T @ dZ2 * (1 - A1 ** 2)
dW1 = dZ1 @ X.T / m
db1 = np.sum(dW1, axis=1, keepdims=True)
