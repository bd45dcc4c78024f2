# wrong: dy=mismatch
dy = (y - t) / len(y)
