# right
import math

w0, w1, w2 = 2, -3, -3
x0, x1 = -1, -2

# forward
p0 = w0 * x0
p1 = w1 * x1
s = p0 + p1
dot = s + w2
neg = -1 * dot
e = math.exp(neg)
den = e + 1
f = 1 / den

# backward, gate by gate
dden = -1 / den**2      # -0.53
de = 1 * dden           # -0.53
dneg = math.exp(neg) * de   # -0.20
ddot = -1 * dneg        # 0.20
ds = 1 * ddot
dw2 = 1 * ddot
dp0 = 1 * ds
dp1 = 1 * ds
dw0, dx0 = x0 * dp0, w0 * dp0
dw1, dx1 = x1 * dp1, w1 * dp1
