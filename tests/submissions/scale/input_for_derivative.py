# wrong: dx=mismatch
# finding: own_value
dx = x
