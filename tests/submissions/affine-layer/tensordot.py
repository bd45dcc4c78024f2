# right
import numpy as np

grad_w = np.tensordot(x, delta, axes=([0], [0]))
grad_b = np.add.reduce(delta)
grad_x = np.tensordot(delta, w, axes=([1], [1]))
