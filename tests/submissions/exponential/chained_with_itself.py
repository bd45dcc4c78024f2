# wrong: dx=mismatch
def backward(x, f):
    return f * x
