# wrong: dw=wrong_shape
# finding: shape_transposed
dZ = A - Y
dw = dZ @ X.T / m
db = dZ.sum() / m
