# wrong: w_2=mismatch u_2=mismatch
# finding: stale_gradient
dw = w - t
du = u ** 3
w_1 = w - rho * dw
u_1 = u - rho * du
w_2 = w_1 - rho * dw
u_2 = u_1 - rho * du
