# wrong: dx=mismatch
# finding: path_dropped
# x は三か所で使われている
dnum, dinvden = invden, num
dden = -num / den**2
dsigx = dxpysqr = dden
dxpy = 2 * xpy * dxpysqr
dsigy = dnum
dx = dxpy + sigx * (1 - sigx) * dsigx
dy = dxpy + sigy * (1 - sigy) * dsigy
