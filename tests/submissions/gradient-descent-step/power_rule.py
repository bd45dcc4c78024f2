# wrong: du=mismatch u_2=mismatch
# finding: power_rule
# d/du u**4 / 4
dw = w - t
du = u ** 4
w_1, u_1 = w - rho * dw, u - rho * du
w_2, u_2 = w_1 - rho * (w_1 - t), u_1 - rho * u_1 ** 4
