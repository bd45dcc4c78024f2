# wrong: du=mismatch u_2=mismatch
# finding: factor
dw = w - t
du = 4 * u ** 3
w_1 = w - rho * dw
u_1 = u - rho * du
w_2 = w_1 - rho * (w_1 - t)
u_2 = u_1 - rho * 4 * u_1 ** 3
