# set some inputs
x = -2; y = 5; z = -4

# perform the forward pass
q = x + y
f = q * z

# perform the backward pass in reverse order
dfdz = q
dfdq = z
dfdx = 1.0 * dfdq
dfdy = 1.0 * dfdq
