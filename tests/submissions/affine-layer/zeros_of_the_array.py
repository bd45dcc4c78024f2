# not_run: raised
# finding: zeros_takes_a_shape
import numpy as np

def backward(x, w, delta):
    grad_b = np.zeros(delta[0])
    for row in delta:
        grad_b += row
    return {"grad_w": x.T @ delta, "grad_b": grad_b, "grad_x": delta @ w.T}
