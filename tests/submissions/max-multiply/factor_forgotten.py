# wrong: dp=mismatch dq=mismatch dx=mismatch dy=mismatch dz=mismatch dw=mismatch
# I started at the sum and forgot the 2 in front of the bracket
dp = 1.0
dq = 1.0
dx = y * dp
dy = x * dp
dz = 1.0 * (z > w)
dw = 1.0 * (w > z)
