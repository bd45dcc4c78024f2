# wrong: dx=mismatch
# finding: square_missing
def backward(x):
    return -1 / x
