# right
dx = 1.0 if x >= y else 0.0
dy = 1.0 - dx
