# wrong: dx=mismatch
dx = 1 / x**2
