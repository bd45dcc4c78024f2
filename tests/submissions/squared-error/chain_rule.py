# right
# E = 1/2 sum d^2, d = y - t
d = y - t
dE_dd = 0.5 * 2 * d
dd_dy = 1
dE_dy = dE_dd * dd_dy
