# wrong: ddot=mismatch dw0=mismatch dw1=mismatch dw2=mismatch dx0=mismatch dx1=mismatch
ddot = f
dw0, dw1, dw2 = x0 * ddot, x1 * ddot, ddot
dx0, dx1 = w0 * ddot, w1 * ddot
