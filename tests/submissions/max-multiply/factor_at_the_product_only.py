# wrong: dq=mismatch dz=follow_through dw=follow_through
# finding: factor
dp = 2
dq = 1
dx, dy = y * dp, x * dp
if z > w:
    dz, dw = dq, 0
else:
    dz, dw = 0, dq
