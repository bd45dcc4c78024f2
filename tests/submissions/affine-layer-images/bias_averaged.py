# wrong: db=mismatch
# finding: averaged_twice
import numpy as np

rows = np.reshape(x, (N, D))
dx = np.reshape(dout @ w.T, x.shape)
dw = rows.T @ dout
db = np.mean(dout, axis=0)
