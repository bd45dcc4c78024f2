# right
dw = w - t
du = u ** 3

w_1 = w - rho * dw
u_1 = u - rho * du

# the second step needs the gradient at the new point
w_2 = w_1 - rho * (w_1 - t)
u_2 = u_1 - rho * u_1 ** 3
