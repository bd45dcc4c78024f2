import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def backward(w, b, x, y):
    # forward again, the backward pass needs a
    z = np.sum(w * x.T) + b
    a = sigmoid(z)

    # one step of the chain at a time
    da = -(y / a) + (1 - y) / (1 - a)
    dz = da * a * (1 - a)
    dw = np.dot(dz, x.T)
    db = dz
    return {"da": da, "dz": dz, "dw": dw, "db": db}
