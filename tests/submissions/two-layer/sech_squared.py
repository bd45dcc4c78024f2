# right
import numpy as np

def sech(z):
    return 1 / np.cosh(z)

dZ2 = np.subtract(A2, Y)
dZ1 = np.matmul(W2.transpose(), dZ2) * sech(Z1) ** 2
dW2, db2 = np.matmul(dZ2, A1.transpose()) / m, np.mean(dZ2, axis=1).reshape(n_y, 1)
dW1, db1 = np.matmul(dZ1, X.transpose()) / m, np.mean(dZ1, axis=1).reshape(n_h, 1)
