# wrong: w_1=mismatch u_1=mismatch w_2=mismatch u_2=mismatch
# finding: rate_missing
def gradient_descent(w, t, u, rho):
    dw, du = w - t, u ** 3
    w_1, u_1 = w - dw, u - du
    w_2, u_2 = w_1 - (w_1 - t), u_1 - u_1 ** 3
    return dict(dw=dw, du=du, w_1=w_1, u_1=u_1, w_2=w_2, u_2=u_2)
