# wrong: dx=mismatch dy=mismatch
# finding: not_a_subgradient
dx = float(x >= y)
dy = float(y >= x)
