# wrong: dz1=mismatch dW1=follow_through db1=follow_through
# finding: activation_derivative_at_wrong_value
dz2 = a2 - y
dW2 = dz2 @ a1.T
db2 = dz2
dz1 = W2.T @ dz2 * (1 - z1 ** 2)
dW1 = dz1 @ x.T
db1 = dz1
