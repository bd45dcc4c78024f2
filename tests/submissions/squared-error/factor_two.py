# wrong: dy=mismatch
def backward(y, t):
    return 2 * (y - t)
