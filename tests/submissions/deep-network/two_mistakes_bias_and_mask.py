# wrong: db2=mismatch dW1=mismatch db1=follow_through
# finding: averaged_twice
# finding: mask_inverted
import numpy as np

dZ2 = A2 - Y
dW2 = np.dot(dZ2, A1.T) / m
db2 = np.mean(dZ2, axis=1, keepdims=True) / m
dZ1 = np.dot(W2.T, dZ2)
dZ1[Z1 > 0] = 0
dW1 = np.dot(dZ1, X.T) / m
db1 = np.sum(dZ1, axis=1, keepdims=True) / m
