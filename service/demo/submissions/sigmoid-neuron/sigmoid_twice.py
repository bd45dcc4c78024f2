import math


def sigmoid(t):
    return 1 / (1 + math.exp(-t))


w0 = 2; w1 = -3; w2 = -3
x0 = -1; x1 = -2

dot = w0 * x0 + w1 * x1 + w2
f = sigmoid(dot)

ddot = sigmoid(f) * (1 - sigmoid(f))    # derivative of the sigmoid
dw0 = x0 * ddot
dw1 = x1 * ddot
dw2 = ddot
dx0 = w0 * ddot
dx1 = w1 * ddot
