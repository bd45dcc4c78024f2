# wrong: db2=wrong_shape db1=wrong_shape
# finding: shape_axis_lost
dz2 = a2 - y
dW2 = dz2 @ a1.T
db2 = dz2.flatten()
dz1 = W2.T @ dz2 * (1 - a1 ** 2)
dW1 = dz1 @ x.T
db1 = dz1.flatten()
