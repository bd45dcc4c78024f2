# right
def backward(x, y):
    return 1.0, 1.0
