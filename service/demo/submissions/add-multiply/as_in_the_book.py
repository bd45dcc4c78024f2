# copied from the page
x = -2; y = 5; z = -4

q = x + y
f = q * z

dfdq = z
dfdq = z
dfdx = 1.0 * dfdq
dfdy = 1.0 * dfdq
