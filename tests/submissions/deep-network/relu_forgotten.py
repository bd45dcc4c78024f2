# wrong: dW1=mismatch db1=follow_through
# finding: activation_derivative_missing
dZ2 = A2 - Y
dZ1 = W2.T @ dZ2
dW2, db2 = dZ2 @ A1.T / m, dZ2.sum(axis=1, keepdims=True) / m
dW1, db1 = dZ1 @ X.T / m, dZ1.sum(axis=1, keepdims=True) / m
