# not sure about the rule, so I just measured it
x = 4.0
y = -3.0
h = 0.0001

f = x * y
dfdx = ((x + h) * y - f) / h
dfdy = (x * (y + h) - f) / h
