# wrong: dW2=wrong_shape dW1=wrong_shape
# finding: transposed
# finding: shape_transposed
dz2 = a2 - y
dW2 = a1 @ dz2.T
db2 = dz2
dz1 = W2.T @ dz2 * (1 - a1 ** 2)
dW1 = x @ dz1.T
db1 = dz1
