# wrong: dx=mismatch
# finding: averaged_twice
def backward(x, t, y):
    batch_size = t.shape[0]
    dx = (y - t) / batch_size
    return dx / batch_size
