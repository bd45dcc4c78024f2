# wrong: dw=wrong_shape
# finding: transposed
# finding: shape_transposed
dZ = A - Y
dw = dZ @ X.T / m
db = dZ.sum() / m
