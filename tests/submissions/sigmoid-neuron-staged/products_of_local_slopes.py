# right
import numpy as np

local = {"1/x": -1 / den**2, "+1": 1.0, "exp": np.exp(neg), "*-1": -1.0}
dden, de, dneg, ddot = np.cumprod(list(local.values()))
ds, dw2, dp0, dp1 = np.full(4, ddot)
dw0, dw1 = np.array([x0, x1]) * ddot
dx0, dx1 = np.array([w0, w1]) * ddot
