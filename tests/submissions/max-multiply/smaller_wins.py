# wrong: dz=mismatch dw=mismatch
dp = dq = 2
dx = y * dp
dy = x * dp
dz = dq * (z < w)
dw = dq * (w < z)
