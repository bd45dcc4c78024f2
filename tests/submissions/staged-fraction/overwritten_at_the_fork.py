# wrong: dx=mismatch dy=mismatch
# finding: path_dropped
dnum = invden
dinvden = num
dden = -1.0 / den**2 * dinvden
dsigx = dden
dxpysqr = dden
dxpy = 2 * xpy * dxpysqr
dx = dxpy
dy = dxpy
dx = (1 - sigx) * sigx * dsigx
dx = dnum
dsigy = dnum
dy = (1 - sigy) * sigy * dsigy
