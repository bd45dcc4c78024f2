# wrong: dw0=mismatch dx0=mismatch
# finding: product_rule
ddot = f * (1 - f)
dw0 = dx0 = w0 * x0 * ddot
dw1, dx1 = x1 * ddot, w1 * ddot
dw2 = ddot
