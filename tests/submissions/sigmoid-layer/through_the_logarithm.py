# right
import numpy as np

log_s = -np.logaddexp(0, -x)
log_1_s = -np.logaddexp(0, x)
dx = dout * np.exp(log_s + log_1_s)
