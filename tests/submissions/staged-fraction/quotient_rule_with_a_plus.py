# wrong: dx=mismatch dy=follow_through
# finding: sign
def backward(x, y, sigx, sigy, num, den, xpy):
    dden = -num / den ** 2
    n_x, n_y = 1, sigy * (1 - sigy)
    d_x, d_y = sigx * (1 - sigx) + 2 * xpy, 2 * xpy
    return {
        "dnum": 1 / den, "dinvden": num, "dden": dden, "dsigx": dden, "dxpysqr": dden,
        "dxpy": 2 * xpy * dden, "dsigy": 1 / den,
        "dx": (n_x * den + num * d_x) / den ** 2,
        "dy": (n_y * den + num * d_y) / den ** 2,
    }
