x = 4; y = -3
f = x * y

dfdx = x
dfdy = y
