# wrong: dW2=mismatch
# dz1 is only another name for z1, and z1 is used once more below
dz1 = z1
dz1[z1 > 0] = 1
dy = (y - t) / N
dW2, db2 = z1.T @ dy, dy.sum(axis=0)
da1 = dy @ W2.T * dz1
dW1, db1 = x.T @ da1, da1.sum(axis=0)
