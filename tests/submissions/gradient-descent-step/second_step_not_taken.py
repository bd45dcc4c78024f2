# wrong: w_2=mismatch u_2=mismatch
dw, du = w - t, u**3
w_1, u_1 = w - rho * dw, u - rho * du
w_2, u_2 = w, u
