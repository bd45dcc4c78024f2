# right
def backward(x, y, sigy, num, sigx, xpy, den):
    out = {"dnum": 1 / den, "dsigy": 1 / den, "dinvden": num}
    dden = -num / den ** 2
    out.update(dden=dden, dsigx=dden, dxpysqr=dden, dxpy=2 * xpy * dden)
    out["dx"] = out["dnum"] + out["dxpy"] + sigx * (1 - sigx) * dden
    out["dy"] = out["dxpy"] + sigy * (1 - sigy) * out["dsigy"]
    return out
