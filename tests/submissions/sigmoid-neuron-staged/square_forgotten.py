# wrong: dden=mismatch de=follow_through dneg=follow_through ddot=follow_through ds=follow_through dw2=follow_through dp0=follow_through dp1=follow_through dw0=follow_through dx0=follow_through dw1=follow_through dx1=follow_through
# finding: square_missing
dden = -1.0 / den
de = 1.0 * dden
dneg = e * de
ddot = -1.0 * dneg
ds = dw2 = ddot
dp0 = dp1 = ds
dw0, dx0 = x0 * dp0, w0 * dp0
dw1, dx1 = x1 * dp1, w1 * dp1
