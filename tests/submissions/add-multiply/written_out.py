# right
# f = (x + y) z = xz + yz
def backward(x, y, z):
    dx_f = z
    dy_f = z
    dz_f = x + y
    return {"dx": dx_f, "dy": dy_f, "dz": dz_f, "dq": z}
