x = 4
y = 2
f = max(x, y)

# max uses both inputs, so they share the gradient
dfdx = 0.5
dfdy = 0.5
