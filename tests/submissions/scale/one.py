# wrong: dx=mismatch
# finding: factor_dropped
dx = 1.0
