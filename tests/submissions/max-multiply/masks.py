# right
import numpy as np

dp, dq = np.full(2, 2.0)
dx, dy = dp * np.array([y, x])
dz, dw = dq * (np.array([z, w]) == q)
