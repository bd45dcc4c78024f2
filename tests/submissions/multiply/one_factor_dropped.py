# wrong: dy=mismatch
# finding: factor_dropped
dx = y
dy = 1.0
