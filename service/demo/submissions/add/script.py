x = 2
y = 7
f = x + y

dfdx = 1.0
dfdy = 1.0
