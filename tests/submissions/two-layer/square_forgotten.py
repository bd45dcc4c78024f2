# wrong: dZ1=mismatch dW1=follow_through db1=follow_through
# finding: square_missing
import numpy as np

dZ2 = A2 - Y
dZ1 = np.dot(W2.T, dZ2) * (1 - A1)
dW2, db2 = np.dot(dZ2, A1.T) / m, np.mean(dZ2, axis=1, keepdims=True)
dW1, db1 = np.dot(dZ1, X.T) / m, np.mean(dZ1, axis=1, keepdims=True)
