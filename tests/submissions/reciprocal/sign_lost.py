# wrong: dx=mismatch
# finding: sign
dx = 1 / x**2
