x = -2; y = 5; z = -4
q = x + y
f = q * z

dfdz = q
dfdq = z
dfdx = 1.0 * dfqd
dfdy = 1.0 * dfqd
