# wrong: dW2=wrong_shape
# finding: right_only_when_one
import numpy as np

dz2 = a2 - y
dW2 = np.sum(dz2) * a1.T
db2 = dz2
dz1 = W2.T @ dz2 * (1 - a1 ** 2)
dW1 = dz1 @ x.T
db1 = dz1
