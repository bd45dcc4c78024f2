# wrong: dW2=mismatch
# finding: value_for_gradient
dy = (y - t) / N
dW2, db2 = z1.T @ a2, dy.sum(axis=0)
da1 = dy @ W2.T * (a1 > 0)
dW1, db1 = x.T @ da1, da1.sum(axis=0)
