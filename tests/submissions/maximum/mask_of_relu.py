# wrong: dx=mismatch dy=follow_through
# finding: other_activation
def backward(x, y):
    return {"dx": float(x > 0), "dy": float(y > 0)}
