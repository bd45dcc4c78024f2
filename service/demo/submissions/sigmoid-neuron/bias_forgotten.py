import math

w0 = 2; w1 = -3; w2 = -3
x0 = -1; x1 = -2

dot = w0 * x0 + w1 * x1 + w2
f = 1 / (1 + math.exp(-dot))

ddot = f * (1 - f)
dw0 = x0 * ddot
dw1 = x1 * ddot
dw2 = w2 * ddot
dx0 = w0 * ddot
dx1 = w1 * ddot
