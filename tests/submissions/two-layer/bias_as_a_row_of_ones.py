# right
# bias trick: append a row of ones to the inputs of each layer
import numpy as np

ones = np.ones((1, m))
dZ2 = A2 - Y
dZ1 = W2.T @ dZ2 * (1 - A1 * A1)
G2 = dZ2 @ np.vstack([A1, ones]).T / m
G1 = dZ1 @ np.vstack([X, ones]).T / m
dW2, db2 = G2[:, :-1], G2[:, -1:]
dW1, db1 = G1[:, :-1], G1[:, -1:]
