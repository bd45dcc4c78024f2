# right
eps = 1e-10
da2 = -(y / (a2 + eps)) + (1 - y) / (1 - a2 + eps)
dz2 = da2 * a2 * (1 - a2)
dW2 = dz2 @ a1.T
db2 = dz2
da1 = W2.T @ dz2
dz1 = da1 * (1 - a1 ** 2)
dW1 = dz1 @ x.T
db1 = dz1
