# wrong: dy=mismatch
# finding: averaged_twice
dy = (y - t) / len(y)
