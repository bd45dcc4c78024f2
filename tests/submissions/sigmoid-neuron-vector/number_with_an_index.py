# wrong: dw=missing dx=missing
# finding: not_subscriptable
ddot = f * (1 - f)
dw = [x[0] * ddot[0], x[1] * ddot[1], ddot[2]]
dx = [w[0] * ddot[0], w[1] * ddot[1]]
