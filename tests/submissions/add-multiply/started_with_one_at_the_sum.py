# wrong: dq=mismatch dx=mismatch dy=mismatch
# finding: factor_dropped
def backward(x, y, z):
    dz = x + y
    dq = 1.0
    return {"dq": dq, "dz": dz, "dx": dq * 1, "dy": dq * 1}
