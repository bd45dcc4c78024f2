# wrong: ddot=mismatch dw=follow_through dx=follow_through
# finding: other_activation
def backward(w, x, f):
    ddot = 1 - f ** 2
    return {
        "ddot": ddot,
        "dw": [x[0] * ddot, x[1] * ddot, ddot],
        "dx": [w[0] * ddot, w[1] * ddot],
    }
