# wrong: dx=missing dy=missing
dq = z
dz = x + y
dx = dqq * 1.0
dy = dq
