# wrong: dw0=mismatch dx0=mismatch dw1=mismatch dx1=mismatch
# finding: own_value
dden = -1 / den**2
de = dden
dneg = e * de
ddot = -dneg
ds = dw2 = ddot
dp0 = dp1 = ds
dw0, dx0 = w0 * dp0, x0 * dp0
dw1, dx1 = w1 * dp1, x1 * dp1
