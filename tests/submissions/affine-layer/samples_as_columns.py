# wrong: grad_x=wrong_shape
# finding: transposed
# finding: shape_transposed
def backward(x, w, delta):
    return x.T @ delta, delta.sum(axis=0), w @ delta.T
