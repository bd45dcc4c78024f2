# right
from math import tanh

h = tanh(dot / 2)
ddot = (1 - h) * (1 + h) / 4
(dw0, dx0), (dw1, dx1), dw2 = [(xi * ddot, wi * ddot) for wi, xi in ((w0, x0), (w1, x1))] + [ddot]
