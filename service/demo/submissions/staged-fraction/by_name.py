from math import exp


def backward(x, y):
    s = lambda t: 1.0 / (1.0 + exp(-t))
    num, den = x + s(y), s(x) + (x + y) ** 2

    grads = dict(dnum=1 / den, dinvden=num)
    grads["dden"] = -num / den**2
    grads["dsigx"] = grads["dxpysqr"] = grads["dden"]
    grads["dxpy"] = 2 * (x + y) * grads["dxpysqr"]
    grads["dsigy"] = grads["dnum"]
    grads["dx"] = grads["dxpy"] + grads["dnum"] + s(x) * (1 - s(x)) * grads["dsigx"]
    grads["dy"] = grads["dxpy"] + s(y) * (1 - s(y)) * grads["dsigy"]
    return grads
