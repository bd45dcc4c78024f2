# wrong: dW1=mismatch db1=follow_through
# finding: gradient_for_value
import numpy as np

def gradient(parameters, x, t, z1, y):
    grads = {}
    dy = (y - t) / len(x)
    grads["W2"] = np.dot(z1.T, dy)
    grads["b2"] = np.sum(dy, axis=0)
    da1 = np.dot(dy, grads["W2"].T)
    da1[z1 <= 0] = 0
    grads["W1"] = np.dot(x.T, da1)
    grads["b1"] = np.sum(da1, axis=0)
    return grads
