# right
import math

def backward(w, b, x, y):
    z = b
    for i in range(w.shape[1]):
        z += w[0, i] * x[i, 0]
    a = 1 / (1 + math.exp(-z))
    da = (1 - y) / (1 - a) - y / a
    dz = da * a * (1 - a)
    dw = [[dz * x[i, 0] for i in range(w.shape[1])]]
    return da, dz, dw, dz
