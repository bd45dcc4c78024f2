# wrong: dx=mismatch
def backward(x):
    return -1 / x
