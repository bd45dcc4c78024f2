# wrong: dneg=mismatch ddot=mismatch ds=mismatch dw2=mismatch dp0=mismatch dp1=mismatch dw0=mismatch dx0=mismatch dw1=mismatch dx1=mismatch
def backward(w0, w1, w2, x0, x1, den):
    dden = -1 / den ** 2
    de = dden
    dneg = de
    ddot = -dneg
    ds = dw2 = ddot
    dp0 = dp1 = ds
    return dden, de, dneg, ddot, ds, dw2, dp0, dp1, x0 * dp0, w0 * dp0, x1 * dp1, w1 * dp1
