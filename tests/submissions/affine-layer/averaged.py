# wrong: grad_w=mismatch grad_b=mismatch
# finding: averaged_twice
# finding: averaged_twice
# E is a sum over the samples, not a mean
h = x.shape[0]
grad_w = x.T @ delta / h
grad_b = delta.mean(axis=0)
grad_x = delta @ w.T
