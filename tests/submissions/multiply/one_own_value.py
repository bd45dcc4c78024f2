# wrong: dx=mismatch
# finding: own_value
def backward(x, y):
    dx = x
    dy = x
    return dx, dy
