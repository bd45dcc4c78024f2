# wrong: w_1=mismatch u_1=mismatch w_2=follow_through u_2=follow_through
# finding: rate_twice
# 一回目だけ学習率を二度掛けた
def gradient_descent(w, t, u, rho):
    dw, du = w - t, u ** 3
    w_1, u_1 = w - rho * (rho * dw), u - rho * (rho * du)
    w_2, u_2 = w_1 - rho * (w_1 - t), u_1 - rho * u_1 ** 3
    return dw, du, w_1, u_1, w_2, u_2
