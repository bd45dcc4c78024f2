# wrong: dw=wrong_shape
ddot = f * (1 - f)
dw = x * ddot
dx = w[:2] * ddot
