import math

w0, w1, w2, x0, x1 = 2.0, -3.0, -3.0, -1.0, -2.0

dot = w0 * x0 + w1 * x1 + w2
neg = -1.0 * dot
e = math.exp(neg)
den = 1.0 + e
f = 1.0 / den

# one gate after the other, from the back
dden = -1.0 / den**2
de = dden
dneg = e * de
ddot = -1.0 * dneg

dw0 = x0 * ddot
dx0 = w0 * ddot
dw1 = x1 * ddot
dx1 = w1 * ddot
dw2 = ddot
