# right
# max(z, w) = (z + w + |z - w|) / 2
import math

dp = dq = 2.0
dx, dy = dp * y, dp * x
s = math.copysign(1, z - w)
dz = dq * (1 + s) / 2
dw = dq * (1 - s) / 2
