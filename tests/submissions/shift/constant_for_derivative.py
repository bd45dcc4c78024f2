# wrong: dx=mismatch
dx = c
