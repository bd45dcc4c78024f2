# right
import numpy as np

ddot = np.exp(-dot) / (1 + np.exp(-dot)) ** 2
dw = np.zeros_like(w)
dx = np.zeros(2)
for i in range(2):
    dw[i] += x[i] * ddot
    dx[i] += w[i] * ddot
dw[2] += ddot
