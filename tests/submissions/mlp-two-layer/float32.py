# right
# note: float32
import numpy as np

X32, T32, Z32, Y32 = (v.astype(np.float32) for v in (X, T, Z1, Y))
delta2 = 2 * (Y32 - T32) / np.float32(m)
dW2 = delta2 @ Z32.T
delta1 = (W2.astype(np.float32).T @ delta2) * Z32 * (1 - Z32)
dW1 = delta1 @ X32.T
W2_new = W2 - eta * dW2
W1_new = W1 - eta * dW1
