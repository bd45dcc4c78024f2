# wrong: dx=mismatch dy=mismatch
dx = float(x < y)
dy = 1 - dx
