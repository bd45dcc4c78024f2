# wrong: dW2=mismatch dZ1=mismatch dW1=follow_through db1=follow_through
# finding: not_averaged
# finding: activation_derivative_at_wrong_value
dZ2 = A2 - Y
dW2 = dZ2 @ A1.T
db2 = dZ2.sum(axis=1, keepdims=True) / m
dZ1 = W2.T @ dZ2 * (1 - Z1 ** 2)
dW1 = dZ1 @ X.T / m
db1 = dZ1.sum(axis=1, keepdims=True) / m
