# wrong: dw2=mismatch
# finding: sum_rule
ddot = f * (1 - f)
dw0, dw1, dw2 = x0 * ddot, x1 * ddot, w2 * ddot
dx0, dx1 = w0 * ddot, w1 * ddot
