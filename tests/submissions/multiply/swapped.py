# wrong: dx=mismatch dy=mismatch
dx = x
dy = y
