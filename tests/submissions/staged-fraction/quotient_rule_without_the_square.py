# wrong: dx=mismatch dy=mismatch
# finding: quotient_rule
# (n' d - n d') / d
ds_x, ds_y = sigx * (1 - sigx), sigy * (1 - sigy)
dnum, dinvden = 1 / den, num
dden = -num / den**2
dsigx = dxpysqr = dden
dxpy = 2 * xpy * dden
dsigy = 1 / den
dx = (1 * den - num * (ds_x + 2 * xpy)) / den
dy = (ds_y * den - num * 2 * xpy) / den
