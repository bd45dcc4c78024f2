# right
# note: float32
import numpy as np

def backward(x, w, delta):
    x, w, delta = np.float32(x), np.float32(w), np.float32(delta)
    return {"grad_w": x.T @ delta, "grad_b": delta.sum(axis=0), "grad_x": delta @ w.T}
