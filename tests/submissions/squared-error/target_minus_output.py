# wrong: dy=mismatch
dy = t - y
