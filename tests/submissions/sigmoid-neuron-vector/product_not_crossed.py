# wrong: dw=mismatch dx=mismatch
# finding: own_value
ddot = f * (1 - f)
dx = [x[0] * ddot, x[1] * ddot]
dw = [w[0] * ddot, w[1] * ddot, ddot]
