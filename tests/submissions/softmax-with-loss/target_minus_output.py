# wrong: dx=mismatch
# finding: sign
def backward(x, t, y):
    return (t - y) / t.shape[0]
