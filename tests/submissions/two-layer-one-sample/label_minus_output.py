# wrong: dz2=mismatch dW2=follow_through db2=follow_through dz1=follow_through dW1=follow_through db1=follow_through
# finding: sign
error = y - a2
dz2 = error
dW2 = dz2 @ a1.T
db2 = dz2
dz1 = W2.T @ dz2 * (1 - a1 ** 2)
dW1 = dz1 @ x.T
db1 = dz1
