# wrong: dp=mismatch dq=follow_through dx=follow_through dy=follow_through dz=follow_through dw=follow_through
# finding: factor
# I started at the sum and forgot the 2 in front of the bracket
dp = 1.0
dq = 1.0
dx = y * dp
dy = x * dp
dz = 1.0 * (z > w)
dw = 1.0 * (w > z)
