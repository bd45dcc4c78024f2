# right
import numpy as np

e = np.exp(x)
p = e / e.sum(axis=1, keepdims=True)
loss = -np.log(p[range(N), y] + 1e-12).mean()
dx = p.copy()
dx[range(N), y] -= 1
dx /= N
