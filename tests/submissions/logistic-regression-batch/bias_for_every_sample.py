# wrong: db=wrong_shape
# finding: bias_not_summed
dZ = A - Y
dw = X @ dZ.T / m
db = dZ / m
