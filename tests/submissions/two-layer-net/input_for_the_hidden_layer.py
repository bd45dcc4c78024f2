# wrong: dW2=wrong_shape
# finding: other_operand
dy = (y - t) / N
dW2, db2 = x.T @ dy, dy.sum(axis=0)
da1 = dy @ W2.T * (a1 > 0)
dW1, db1 = x.T @ da1, da1.sum(axis=0)
