# wrong: dx=mismatch dy=mismatch
dx = y
dy = x
