# wrong: dxpy=mismatch dx=follow_through dy=follow_through
# finding: factor
dnum = invden
dinvden = num
dden = -dinvden / den ** 2
dsigx = dden
dxpysqr = dden
dxpy = xpy * dxpysqr
dsigy = dnum
dx = dnum + dxpy + sigx * (1 - sigx) * dsigx
dy = dxpy + sigy * (1 - sigy) * dsigy
