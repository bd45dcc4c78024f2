# wrong: dw=mismatch
ddot = f * (1 - f)
dx = w[:2] * ddot
dw = [x[0] * ddot, x[1] * ddot, w[2] * ddot]
