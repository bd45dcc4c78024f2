x = -2
y = 5
z = -4
q = x + y
f = q * z

dfdq = z
dfdz = q
dfdx = 1.0      # dq/dx
dfdy = 1.0      # dq/dy
