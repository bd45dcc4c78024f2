# wrong: dx=mismatch dy=mismatch
dq = z
dz = q
dx = 1.0
dy = 1.0
