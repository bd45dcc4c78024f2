# wrong: dx=mismatch
# finding: integrated
dx = a * x**2 / 2
