# right
# W and b stacked into one matrix per layer; the bias row is not regularised
import numpy as np

one = np.ones((N, 1))
Xb, Hb = np.hstack((X, one)), np.hstack((hidden, one))
ds = np.exp(scores - scores.max(1, keepdims=True))
ds /= ds.sum(1, keepdims=True)
ds[range(N), y] -= 1
G2 = Hb.T @ ds / N
dh = ds @ W2.T
dh[hidden == 0] = 0
G1 = Xb.T @ dh / N
dW2, db2 = G2[:-1] + reg * W2, G2[-1]
dW1, db1 = G1[:-1] + reg * W1, G1[-1]
