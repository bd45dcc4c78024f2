# wrong: dw=mismatch db=follow_through
# finding: other_loss
dA = 2 * (A - Y)
dZ = dA * A * (1 - A)
dw = X @ dZ.T / m
db = dZ.sum() / m
