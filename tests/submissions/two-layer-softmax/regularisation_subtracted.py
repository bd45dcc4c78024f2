# wrong: dW2=mismatch dW1=mismatch
# finding: term_sign
import numpy as np

d2 = (np.exp(logp) - np.eye(C)[y]) / N
d1 = d2 @ W2.T * (hidden > 0)
dW2, db2 = hidden.T @ d2 - reg * W2, d2.sum(0)
dW1, db1 = X.T @ d1 - reg * W1, d1.sum(0)
