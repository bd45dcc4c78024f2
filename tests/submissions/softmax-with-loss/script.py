# right
dx = (y - t) / N
