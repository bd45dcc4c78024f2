# right
dy = y - t
