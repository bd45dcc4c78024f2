# right
dq = z
dz = q
dx = dq
dy = dq
