# wrong: dw=wrong_shape
# finding: transposed
# finding: shape_transposed
da = -y / a + (1 - y) / (1 - a)
dz = a - y
dw = dz * x
db = dz
