# wrong: dx=mismatch
def backward(x, c):
    return {"dx": c + 1}
