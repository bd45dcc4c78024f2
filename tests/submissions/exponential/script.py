# right
import math

x = 2
f = math.exp(x)
dfdx = f
