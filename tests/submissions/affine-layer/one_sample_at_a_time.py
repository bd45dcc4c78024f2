# right
import numpy as np

grad_w = np.zeros_like(w)
grad_b = np.zeros_like(b)
grad_x = np.empty_like(x)
for k, (row, d) in enumerate(zip(x, delta)):
    grad_w += np.outer(row, d)
    grad_b += d
    grad_x[k] = w @ d
