# wrong: dZ1=mismatch dW1=follow_through db1=follow_through
# finding: averaged_twice
dZ2 = A2 - Y
dW2 = 1/m * dZ2 @ A1.T
db2 = 1/m * dZ2.sum(axis=1, keepdims=True)
dZ1 = 1/m * (W2.T @ dZ2) * (1 - A1 ** 2)
dW1 = 1/m * dZ1 @ X.T
db1 = 1/m * dZ1.sum(axis=1, keepdims=True)
