# wrong: dz=mismatch dw=follow_through db=follow_through
# finding: activation_derivative_missing
def backward(w, b, x, y, a):
    da = -y / a + (1 - y) / (1 - a)
    dz = da
    return {"da": da, "dz": dz, "dw": dz * x.T, "db": dz}
