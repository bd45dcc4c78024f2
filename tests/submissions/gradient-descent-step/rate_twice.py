# wrong: dw=mismatch du=follow_through w_2=mismatch u_2=mismatch
# finding: rate_in_gradient
# finding: rate_twice
# the first step is right for the gradients that it uses
dw = rho * (w - t)
du = rho * u ** 3
w_1 = w - rho * dw
u_1 = u - rho * du
w_2 = w_1 - rho * (rho * (w_1 - t))
u_2 = u_1 - rho * (rho * u_1 ** 3)
