# right
grad_w = x.T @ delta
grad_b = delta.sum(0)
grad_x = (w @ delta.T).T
