# wrong: db=mismatch
# finding: bias_from_weights
dZ = A - Y
dw = X @ dZ.T / m
db = dw.sum()
