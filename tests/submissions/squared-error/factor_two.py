# wrong: dy=mismatch
# finding: factor
def backward(y, t):
    return 2 * (y - t)
