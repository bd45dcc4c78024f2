# wrong: dx=mismatch dy=mismatch
# finding: sum_rule
dq = z
dz = x + y
dx = y * dq
dy = x * dq
