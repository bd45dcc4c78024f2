# wrong: dZ2=mismatch dW2=follow_through db2=follow_through dZ1=follow_through dW1=follow_through db1=follow_through
# finding: other_loss
# d/dA2 (A2 - Y)^2 = 2 (A2 - Y)
dA2 = 2 * (A2 - Y)
dZ2 = dA2 * A2 * (1 - A2)
dW2 = dZ2 @ A1.T / m
db2 = dZ2.sum(axis=1, keepdims=True) / m
dA1 = W2.T @ dZ2
dZ1 = dA1 * (1 - A1 ** 2)
dW1 = dZ1 @ X.T / m
db1 = dZ1.sum(axis=1, keepdims=True) / m
