# right
def backward(x, y):
    if x > y:
        return {"dfdx": 1, "dfdy": 0}
    return {"dfdx": 0, "dfdy": 1}
