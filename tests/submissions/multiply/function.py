# right
def backward(x, y):
    return {"dx": y, "dy": x}
