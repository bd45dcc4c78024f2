# right
import numpy as np

def backward(w0, w1, w2, x0, x1):
    f = 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))
    g = {}
    g["dden"] = g["de"] = -f ** 2
    g["dneg"] = f * (f - 1)
    for name in ("ddot", "ds", "dw2", "dp0", "dp1"):
        g[name] = f * (1 - f)
    g["dw0"], g["dx0"] = x0 * g["dp0"], w0 * g["dp0"]
    g["dw1"], g["dx1"] = x1 * g["dp1"], w1 * g["dp1"]
    return g
