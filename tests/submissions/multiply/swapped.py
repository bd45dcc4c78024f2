# wrong: dx=mismatch dy=mismatch
# finding: own_value
dx = x
dy = y
