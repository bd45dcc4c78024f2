# wrong: dx=mismatch
def sigmoid_backward(dA, cache):
    return dA * cache * (1 - cache)
