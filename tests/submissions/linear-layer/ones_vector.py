# right
import numpy as np

u = np.full((m, 1), 1 / m)
dW = dZ @ np.diagflat(u) @ A_prev.T
db = dZ @ u
dA_prev = np.transpose(W) @ dZ
