# wrong: dW2=mismatch
# finding: other_operand
dZ2 = A2 - Y
dW2 = dZ2 @ Z1.T / m
db2 = dZ2.sum(axis=1, keepdims=True) / m
dZ1 = W2.T @ dZ2 * (1 - A1 ** 2)
dW1 = dZ1 @ X.T / m
db1 = dZ1.sum(axis=1, keepdims=True) / m
