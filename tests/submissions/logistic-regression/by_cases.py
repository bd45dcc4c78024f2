# right
def backward(w, b, x, y, z, a):
    # y is 0 or 1, so only one of the two terms is there
    if y == 1:
        da = -1 / a
        dz = a - 1
    else:
        da = 1 / (1 - a)
        dz = a
    return da, dz, [[dz * float(v) for v in x[:, 0]]], dz
