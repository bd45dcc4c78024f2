# wrong: dW2=mismatch db2=follow_through dW1=follow_through db1=follow_through
# finding: not_averaged
dy = y - t
dW2, db2 = z1.T @ dy, dy.sum(axis=0)
da1 = dy @ W2.T * (a1 > 0)
dW1, db1 = x.T @ da1, da1.sum(axis=0)
