# wrong: dW2=mismatch db2=follow_through dW1=follow_through db1=follow_through
# finding: not_averaged
import numpy as np

dZ2 = A2 - Y
dW2 = np.dot(dZ2, A1.T)
db2 = np.sum(dZ2, axis=1, keepdims=True)
dZ1 = np.dot(W2.T, dZ2) * (1 - A1 ** 2)
dW1 = np.dot(dZ1, X.T)
db1 = np.sum(dZ1, axis=1, keepdims=True)
