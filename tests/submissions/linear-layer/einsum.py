# right
import numpy as np

def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = dZ.shape[-1]
    dW = np.einsum("ik,jk->ij", dZ, A_prev) / m
    db = np.einsum("ik->i", dZ)[:, None] / m
    return np.einsum("ji,jk->ik", W, dZ), dW, db
