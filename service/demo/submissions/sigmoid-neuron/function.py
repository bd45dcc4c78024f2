import numpy as np


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


def backward(w0, w1, w2, x0, x1):
    dot = w0 * x0 + w1 * x1 + w2
    f = sigmoid(dot)
    ddot = f * (1 - f)
    return {
        "ddot": ddot,
        "dw0": x0 * ddot, "dw1": x1 * ddot, "dw2": ddot,
        "dx0": w0 * ddot, "dx1": w1 * ddot,
    }
