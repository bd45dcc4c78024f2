# wrong: dy=mismatch
# finding: sign
dy = t - y
