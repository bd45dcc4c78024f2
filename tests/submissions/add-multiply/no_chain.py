# wrong: dx=mismatch dy=mismatch
# finding: factor_dropped
dq = z
dz = q
dx = 1.0
dy = 1.0
