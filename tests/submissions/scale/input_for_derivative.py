# wrong: dx=mismatch
dx = x
