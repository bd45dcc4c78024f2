# wrong: dw=mismatch db=mismatch
dZ = (A - Y) * A * (1 - A)
dw = X @ dZ.T / m
db = dZ.sum() / m
