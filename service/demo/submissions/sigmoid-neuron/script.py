import math

w0, w1, w2 = 2, -3, -3
x0, x1 = -1, -2

# forward pass
dot = w0 * x0 + w1 * x1 + w2
f = 1.0 / (1 + math.exp(-dot))

# backward pass: the sigmoid in one gate
ddot = (1 - f) * f
dx0 = w0 * ddot
dx1 = w1 * ddot
dw0 = x0 * ddot
dw1 = x1 * ddot
dw2 = 1.0 * ddot
