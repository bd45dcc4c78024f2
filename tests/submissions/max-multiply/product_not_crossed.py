# wrong: dx=mismatch dy=mismatch
# finding: own_value
dp = dq = 2.0
dx = x * dp
dy = y * dp
dz = dq * (z > w)
dw = dq * (w > z)
