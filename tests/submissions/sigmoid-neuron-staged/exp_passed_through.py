# wrong: dneg=mismatch ddot=follow_through ds=follow_through dw2=follow_through dp0=follow_through dp1=follow_through dw0=follow_through dx0=follow_through dw1=follow_through dx1=follow_through
# finding: factor_dropped
def backward(w0, w1, w2, x0, x1, den):
    dden = -1 / den ** 2
    de = dden
    dneg = de
    ddot = -dneg
    ds = dw2 = ddot
    dp0 = dp1 = ds
    return dden, de, dneg, ddot, ds, dw2, dp0, dp1, x0 * dp0, w0 * dp0, x1 * dp1, w1 * dp1
