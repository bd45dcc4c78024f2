# right
import numpy as np

# f' = f * d(log f)/d(dot) = f * (1 - f)
log_f = -np.log1p(np.exp(-dot))
ddot = np.exp(log_f) * -np.expm1(log_f)
dw = ddot * np.hstack([x, 1])
dx = np.delete(w, 2) * ddot
