# f = x * y at the worked example
x = 4
y = -3
f = x * y

# backward: each input gets the other one
dfdx = y
dfdy = x
