# right
# note: convention_mean_loss
# J is the mean, so I put 1/m into dZ2 and never again
dZ2 = (A2 - Y) / m
dW2 = dZ2 @ A1.T
db2 = dZ2.sum(axis=1, keepdims=True)
dZ1 = (W2.T @ dZ2) * (1 - A1 ** 2)
dW1 = dZ1 @ X.T
db1 = dZ1.sum(axis=1, keepdims=True)
