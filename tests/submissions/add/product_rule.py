# wrong: dx=mismatch dy=mismatch
# finding: sum_rule
dx = y
dy = x
