# wrong: dq=mismatch dx=follow_through dy=follow_through
# finding: factor_dropped
def backward(x, y, z):
    dz = x + y
    dq = 1.0
    return {"dq": dq, "dz": dz, "dx": dq * 1, "dy": dq * 1}
