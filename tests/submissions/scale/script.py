# right
a = 3
f = a * x
dfdx = a
