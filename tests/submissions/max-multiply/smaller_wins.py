# wrong: dz=mismatch dw=follow_through
# finding: max_routed_to_loser
dp = dq = 2
dx = y * dp
dy = x * dp
dz = dq * (z < w)
dw = dq * (w < z)
