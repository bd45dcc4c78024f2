# right
import numpy as np

def step(p, grad, rho):
    p -= rho * grad
    return p.copy()

def gradient_descent(w, t, u, rho):
    u = np.array(u)
    out = {"dw": w - t, "du": u ** 3}
    out["w_1"] = step(w, w - t, rho)
    out["u_1"] = step(u, u ** 3, rho)
    out["w_2"] = step(w, w - t, rho)
    out["u_2"] = step(u, u ** 3, rho)
    return out
