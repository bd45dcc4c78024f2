# right
ddot = f * (1 - f)
dw0, dw1, dw2 = x0 * ddot, x1 * ddot, ddot
dx0, dx1 = w0 * ddot, w1 * ddot
