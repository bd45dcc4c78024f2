x = 4
y = 2
f = max(x, y)

dfdx = 1.0 if x >= y else 0.0
dfdy = 1.0 - dfdx
