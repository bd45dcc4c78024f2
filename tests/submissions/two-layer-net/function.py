# right
import numpy as np

def gradient(parameters, x, t, a1, z1, y):
    grads = {}
    delta = (y - t) / len(x)
    grads["W2"] = np.einsum("nh,nc->hc", z1, delta)
    grads["b2"] = np.einsum("nc->c", delta)
    delta = np.einsum("nc,hc->nh", delta, parameters["W2"])
    delta *= a1 > 0
    grads["W1"] = np.einsum("nd,nh->dh", x, delta)
    grads["b1"] = np.einsum("nh->h", delta)
    return grads
