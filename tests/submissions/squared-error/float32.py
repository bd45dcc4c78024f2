# right
# note: float32
import numpy as np

def backward(y, t):
    return np.float32(y) - np.float32(t)
