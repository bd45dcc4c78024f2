# wrong: ddot=mismatch dw0=follow_through dw1=follow_through dw2=follow_through dx0=follow_through dx1=follow_through
# finding: factor_dropped
ddot = 1 - f
dw0, dw1, dw2 = x0 * ddot, x1 * ddot, ddot
dx0, dx1 = w0 * ddot, w1 * ddot
