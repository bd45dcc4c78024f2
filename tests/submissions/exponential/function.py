# right
import numpy as np

def backward(x):
    return np.exp(x)
