# right
# w - rho (w - t) は w と t の加重平均
dw, du = -(t - w), u * u * u
w_1 = (1 - rho) * w + rho * t
w_2 = (1 - rho) ** 2 * w + (1 - (1 - rho) ** 2) * t
u_1 = u * (1 - rho * u * u)
u_2 = u_1 * (1 - rho * u_1 * u_1)
