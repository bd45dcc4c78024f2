x = 4
y = -3
f = x * y       # -12

dfdx = -3
dfdy = 4
