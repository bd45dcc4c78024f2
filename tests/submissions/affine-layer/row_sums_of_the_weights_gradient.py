# wrong: grad_b=mismatch
# finding: bias_from_weights
import numpy as np

grad_w = np.dot(x.T, delta)
grad_b = np.sum(grad_w, axis=0)
grad_x = np.dot(delta, w.T)
