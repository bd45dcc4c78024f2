# wrong: dW1=mismatch db1=follow_through
# finding: other_activation
import numpy as np

def sigmoid_grad(x):
    s = 1 / (1 + np.exp(-x))
    return (1.0 - s) * s

def gradient(parameters, x, t, a1, z1, y):
    grads = {}
    batch_num = x.shape[0]
    dy = (y - t) / batch_num
    grads["W2"] = np.dot(z1.T, dy)
    grads["b2"] = np.sum(dy, axis=0)
    dz1 = np.dot(dy, parameters["W2"].T)
    da1 = sigmoid_grad(a1) * dz1
    grads["W1"] = np.dot(x.T, da1)
    grads["b1"] = np.sum(da1, axis=0)
    return grads
