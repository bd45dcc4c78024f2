# wrong: grad_b=wrong_shape
# finding: bias_summed_over_everything
# finding: shape_scalar
import numpy as np

def affine_backward(dout, cache):
    x, w, b = cache
    dx = np.dot(dout, w.T)
    dw = np.dot(x.T, dout)
    db = np.sum(dout)
    return dx, dw, db
