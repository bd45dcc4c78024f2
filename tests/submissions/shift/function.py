# right
def backward(x, c):
    return 1
