# right
import numpy as np

def affine_backward(dout, x, w):
    return dout @ w.T, x.T @ dout, np.ones(len(dout)) @ dout

def relu_backward(dout, out):
    return dout * (out > 0)

def backward(parameters, X, y, reg, hidden, scores):
    p = np.exp(scores)
    p /= np.sum(p, axis=1)[:, np.newaxis]
    for i, label in enumerate(y):
        p[i, label] -= 1.0
    dhidden, dW2, db2 = affine_backward(p / len(y), hidden, parameters["W2"])
    _, dW1, db1 = affine_backward(relu_backward(dhidden, hidden), X, parameters["W1"])
    dW2 += reg * parameters["W2"]
    dW1 += reg * parameters["W1"]
    return dW2, db2, dW1, db1
