# wrong: dx=mismatch dy=mismatch
# finding: max_split
def backward(x, y):
    return 0.5, 0.5
