# wrong: grad_b=wrong_shape
# finding: bias_not_summed
# finding: shape_wrong
def backward(x, w, delta):
    return {"grad_w": x.T @ delta, "grad_b": delta, "grad_x": delta @ w.T}
