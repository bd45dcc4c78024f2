# same as for the multiply gate
x = 2
y = 7
f = x + y

dfdx = y
dfdy = x
