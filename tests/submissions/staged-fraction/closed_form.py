# right
import math

def backward(x, y):
    s = lambda v: 1 / (1 + math.exp(-v))
    n, d = x + s(y), s(x) + (x + y) ** 2
    ds = lambda v: 1 / (2 + math.exp(v) + math.exp(-v))
    # quotient rule: (n'd - nd') / d^2
    dx = (d - n * (ds(x) + 2 * (x + y))) / d**2
    dy = (ds(y) * d - n * 2 * (x + y)) / d**2
    dden = -n / d**2
    return {
        "dnum": 1 / d, "dinvden": n, "dden": dden, "dsigx": dden, "dxpysqr": dden,
        "dxpy": 2 * (x + y) * dden, "dsigy": 1 / d, "dx": dx, "dy": dy,
    }
