x = 4
y = 2
f = max(x, y)

# the gradient is routed to one input, the other one gets nothing
if x < y:
    dfdx, dfdy = 1, 0
else:
    dfdx, dfdy = 0, 1
