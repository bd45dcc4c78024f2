# wrong: db=mismatch
# finding: mean_for_sum
import numpy as np

rows = np.reshape(x, (N, D))
dx = np.reshape(dout @ w.T, x.shape)
dw = rows.T @ dout
db = np.mean(dout, axis=0)
