# wrong: dW2=mismatch db2=follow_through dW1=follow_through db1=follow_through
# finding: target_forgotten
import numpy as np

d2 = np.exp(logp) / N
d1 = np.where(hidden > 0, d2 @ W2.T, 0)
dW2, db2 = hidden.T @ d2 + reg * W2, d2.sum(0)
dW1, db1 = X.T @ d1 + reg * W1, d1.sum(0)
