x = 4
y = 2
f = max(x, y)

dfdx = 1.0 * (x > y)
dfdy = 1.0 * (y > x)
