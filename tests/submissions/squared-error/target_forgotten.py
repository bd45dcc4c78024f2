# wrong: dy=mismatch
# finding: target_forgotten
def backward(y, t):
    dy = 2 * y / 2
    return dy
