# wrong: dx=mismatch
# finding: activation_for_derivative
# 超過した量ではなく、超過したかどうかが勾配になる
import numpy as np

rows = np.arange(N)
margins = np.maximum(0, x - x[rows, y].reshape(-1, 1) + 1)
margins[rows, y] = 0
loss = margins.sum() / N
dx = margins.copy()
dx[rows, y] = -margins.sum(axis=1)
dx /= N
