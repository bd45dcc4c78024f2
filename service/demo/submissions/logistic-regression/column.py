def backward(x, y, a):
    da = -y / a + (1 - y) / (1 - a)
    dz = a - y
    dw = x * dz
    db = dz
    return {"da": da, "dz": dz, "dw": dw, "db": db}
