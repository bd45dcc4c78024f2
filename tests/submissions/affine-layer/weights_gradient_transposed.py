# wrong: grad_w=wrong_shape
# finding: transposed
# finding: shape_transposed
import numpy as np

def backward(x, w, delta):
    grad_w = np.dot(delta.T, x)
    grad_b = np.sum(delta, axis=0)
    grad_x = np.dot(delta, w.T)
    return {"grad_w": grad_w, "grad_b": grad_b, "grad_x": grad_x}
