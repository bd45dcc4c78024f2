# right
def relu_backward(dout, cache):
    cache[cache <= 0] = 0
    cache[cache > 0] = 1
    dout *= cache
    return dout
