def backward(x, y, z):
    q = x + y
    dq, dz = z, q
    dx, dy = dq, dq
    return {"dq": dq, "dz": dz, "dx": dx, "dy": dy}
