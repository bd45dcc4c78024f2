# wrong: dw=mismatch db=follow_through
# finding: activation_derivative_twice
dZ = (A - Y) * A * (1 - A)
dw = X @ dZ.T / m
db = dZ.sum() / m
