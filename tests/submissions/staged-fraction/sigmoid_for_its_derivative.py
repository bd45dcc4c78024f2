# wrong: dx=mismatch dy=mismatch
# finding: activation_for_derivative
dnum, dinvden = invden, num
dden = -1 / den**2 * dinvden
dsigx, dxpysqr = dden, dden
dxpy = 2 * xpy * dxpysqr
dsigy = dnum
dx = dnum + dxpy + sigx * dsigx
dy = dxpy + sigy * dsigy
