# wrong: dx=mismatch
def backward(x, a):
    return a * x
