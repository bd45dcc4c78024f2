import math

w0 = 2; w1 = -3; w2 = -3
x0 = -1; x1 = -2

dot = w0 * x0 + w1 * x1 + w2
f = 1 / (1 + math.exp(-dot))

ddot = f * (1 - f)
# dot is linear, so its gradients are just the other factors
dw0 = x0
dw1 = x1
dw2 = 1
dx0 = w0
dx1 = w1
