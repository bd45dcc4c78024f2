# wrong: ddot=mismatch dw=mismatch dx=mismatch
def backward(w, x, f):
    ddot = 1 - f ** 2
    return {
        "ddot": ddot,
        "dw": [x[0] * ddot, x[1] * ddot, ddot],
        "dx": [w[0] * ddot, w[1] * ddot],
    }
