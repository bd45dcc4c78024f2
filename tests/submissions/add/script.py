# right
dx = 1.0
dy = 1
