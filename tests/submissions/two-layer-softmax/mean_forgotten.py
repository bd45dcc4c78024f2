# wrong: dW2=mismatch db2=follow_through dW1=follow_through db1=follow_through
# finding: not_averaged
import numpy as np

d2 = np.exp(logp) - np.eye(C)[y]
d1 = d2 @ W2.T * (hidden > 0)
dW2, db2 = hidden.T @ d2 + reg * W2, d2.sum(0)
dW1, db1 = X.T @ d1 + reg * W1, d1.sum(0)
