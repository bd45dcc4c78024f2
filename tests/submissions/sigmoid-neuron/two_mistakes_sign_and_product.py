# wrong: ddot=mismatch dw0=follow_through dw1=mismatch dw2=follow_through dx0=follow_through dx1=follow_through
# finding: sign
# finding: own_value
import math

f = 1 / (1 + math.exp(-dot))
ddot = f * (f - 1)
dw0 = x0 * ddot
dw1 = w1 * ddot
dw2 = ddot
dx0, dx1 = w0 * ddot, w1 * ddot
