# wrong: dden=mismatch dsigx=follow_through dxpysqr=follow_through dxpy=follow_through dx=mismatch dy=follow_through
# finding: square_missing
# finding: path_dropped
dnum, dinvden = invden, num
dden = -1 / den * dinvden
dsigx, dxpysqr = dden, dden
dxpy = 2 * xpy * dxpysqr
dsigy = dnum
dx = dxpy + (1 - sigx) * sigx * dsigx
dy = dxpy + (1 - sigy) * sigy * dsigy
