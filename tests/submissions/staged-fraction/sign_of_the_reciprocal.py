# wrong: dden=mismatch dsigx=follow_through dxpysqr=follow_through dxpy=follow_through dx=follow_through dy=follow_through
# finding: sign
def backward(x, y, sigy, num, sigx, xpy, den, invden):
    g = {"dnum": invden, "dinvden": num, "dsigy": invden}
    g["dden"] = num / den ** 2
    g["dsigx"] = g["dxpysqr"] = g["dden"]
    g["dxpy"] = 2 * xpy * g["dxpysqr"]
    g["dx"] = g["dnum"] + g["dxpy"] + (1 - sigx) * sigx * g["dsigx"]
    g["dy"] = g["dxpy"] + (1 - sigy) * sigy * g["dsigy"]
    return g
