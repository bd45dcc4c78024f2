# wrong: dx=mismatch
# finding: factor_dropped
def backward(x):
    return 1.0
