# wrong: dx=mismatch
dx = 1.0
