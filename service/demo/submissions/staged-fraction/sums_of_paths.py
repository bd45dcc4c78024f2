import numpy as np


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


def backward(x, y):
    sigy, sigx = sigmoid(y), sigmoid(x)
    num, xpy = x + sigy, x + y
    den = sigx + xpy**2
    invden = 1 / den

    dnum, dinvden = invden, num
    dden = -dinvden / den**2
    dsigx = dxpysqr = dden
    dxpy = 2 * xpy * dxpysqr
    dsigy = dnum
    return {
        "dnum": dnum, "dinvden": dinvden, "dden": dden, "dsigx": dsigx, "dxpysqr": dxpysqr,
        "dxpy": dxpy, "dsigy": dsigy,
        "dx": dnum + dxpy + sigx * (1 - sigx) * dsigx,
        "dy": dxpy + sigy * (1 - sigy) * dsigy,
    }
