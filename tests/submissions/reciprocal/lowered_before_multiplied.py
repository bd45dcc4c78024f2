# wrong: dx=mismatch
# finding: factor
# f = x**-1
n = -1
n = n - 1
dx = n * x ** n
