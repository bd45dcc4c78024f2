# wrong: grad_b=wrong_shape
# finding: bias_wrong_axis
import numpy as np

def backward(x, w, delta):
    grad_w = np.dot(x.T, delta)
    grad_b = np.sum(delta, axis=1)
    grad_x = np.dot(delta, w.T)
    return {"grad_w": grad_w, "grad_b": grad_b, "grad_x": grad_x}
