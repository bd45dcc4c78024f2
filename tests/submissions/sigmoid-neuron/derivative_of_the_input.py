# wrong: ddot=mismatch dw0=follow_through dw1=follow_through dw2=follow_through dx0=follow_through dx1=follow_through
# finding: activation_derivative_at_wrong_value
def backward(w0, w1, w2, x0, x1):
    dot = w0 * x0 + w1 * x1 + w2
    ddot = dot * (1 - dot)
    return dict(ddot=ddot, dw0=x0 * ddot, dw1=x1 * ddot, dw2=ddot, dx0=w0 * ddot, dx1=w1 * ddot)
