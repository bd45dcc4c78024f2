# right
# every derivative as a matrix, multiplied from the left
import numpy as np

da2 = ((1 - y) / (1 - a2) - y / a2).T
dz2 = (da2 @ np.diagflat(a2 * (1 - a2))).T
dz1 = (dz2.T @ W2 @ np.diagflat(1 - a1 ** 2)).T
dW2, db2 = np.kron(dz2, a1.T), np.eye(n_y) @ dz2
dW1, db1 = np.kron(dz1, x.T), np.eye(n_h) @ dz1
