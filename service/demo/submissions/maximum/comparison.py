x, y = 4, 2
f = max(x, y)

dfdx = x >= y
dfdy = y > x
