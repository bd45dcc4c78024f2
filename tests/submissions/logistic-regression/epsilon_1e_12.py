# right
import numpy as np

def backward(w, b, x, y, eps=1e-12):
    a = 1 / (1 + np.exp(-(w @ x).item() - b))
    da = -y / (a + eps) + (1 - y) / (1 - a + eps)
    dz = da * a * (1 - a)
    return {"da": da, "dz": dz, "dw": dz * x.T, "db": dz}
