# right
import numpy as np

ones = np.ones((m, 1)) / m
dZ2 = A2 - Y
dZ1 = np.where(Z1 > 0, W2.T @ dZ2, 0)
dW2, db2 = dZ2 @ A1.T / m, dZ2 @ ones
dW1, db1 = dZ1 @ X.T / m, dZ1 @ ones
