# right
# 1枚ずつ処理して足していく
import numpy as np

dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
for n in range(N):
    dw += np.outer(x[n].ravel(), dout[n])
    db += dout[n]
    dx[n] = (w @ dout[n]).reshape(d1, d2)
