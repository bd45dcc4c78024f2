# wrong: w_1=mismatch u_1=mismatch w_2=mismatch u_2=mismatch
# finding: step_sign
dw = w - t
du = u**3
w_1 = w + rho*dw
u_1 = u + rho*du
w_2 = w_1 + rho*(w_1-t)
u_2 = u_1 + rho*u_1**3
