# wrong: dx=wrong_shape
ddot = f * (1 - f)
dx = w * ddot
dw = [x[0] * ddot, x[1] * ddot, ddot]
