# right
x = 2
f = 1.0 / x
dfdx = -1.0 / x**2
