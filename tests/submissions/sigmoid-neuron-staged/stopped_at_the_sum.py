# wrong: dw0=missing dx0=missing dw1=missing dx1=missing
dden = -1 / den**2
de = dden
dneg = e * de
ddot = -dneg
ds = ddot
dw2 = ddot
dp0 = ds
dp1 = ds
