# right
def backward(x):
    f = 1 / x
    return {"dx": -f * f}
